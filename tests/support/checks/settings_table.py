"""The README's table of settings, made from the settings themselves."""

from config.settings.sections import sections
from config.settings.setting import Setting, settings_of, written


def settings_table() -> str:
    rows = ["| Setting | Default | Range | Meaning |", "|---|---|---|---|"]
    rows += [
        f"| `{section}.{name}` | {_default(default, about)} | {_range(about)} | {about.meaning} |"
        for section, kind in sections().items()
        for name, (_, about, default) in settings_of(kind).items()
    ]
    return "\n".join(rows)


def _default(value: object, about: Setting) -> str:
    if value is None or value == ():
        return "none"
    return f"`{written(value)}`" + (f" {about.unit}" if about.unit else "")


def _range(about: Setting) -> str:
    if about.at_least is None or about.at_most is None:
        return ""
    return f"{written(about.at_least)} to {written(about.at_most)}"


if __name__ == "__main__":
    print(settings_table())
