"""Owns how the effective settings are shown: where each is from, and nothing confidential."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from config.settings.dangers import dangers
from config.settings.reading import FILE_VARIABLE, find_given, read_file
from config.settings.sections import Settings, sections
from config.settings.setting import settings_of, written

HIDDEN = "***"
HARMLESS_IN_A_URL = frozenset({"host", "port", "ssl", "sslmode"})


@dataclass(frozen=True, slots=True)
class EffectiveSetting:
    """One setting as it counts now. `source` is default, file or environment."""

    name: str
    value: str
    source: str
    danger: str | None


def effective_settings(
    settings: Settings, environment: Mapping[str, str]
) -> Iterator[EffectiveSetting]:
    """Every setting, in the order of the README's table."""
    file, why = read_file(environment.get(FILE_VARIABLE)), dict(dangers(settings))
    for section, kind in sections().items():
        for name, (_, about, _) in settings_of(kind).items():
            given = find_given(section, name, file, environment)
            value = written(getattr(getattr(settings, section), name))
            yield EffectiveSetting(
                name=f"{section}.{name}",
                value=without_passwords(value) if about.confidential else value,
                source=given.source if given else "default",
                danger=why.get(f"{section}.{name}"),
            )


def without_passwords(url: str) -> str:
    """A database's address that may be shown: password and unknown options hidden."""
    parts = urlsplit(url)
    user, password = parts.username or "", HIDDEN if parts.password else ""
    login = f"{user}:{password}" if password else user
    place = parts.netloc.rpartition("@")[2]
    options = [(k, v if k in HARMLESS_IN_A_URL else HIDDEN) for k, v in parse_qsl(parts.query)]
    query = urlencode(options, safe="*:/,")
    shown = parts._replace(netloc=f"{login}@{place}" if login else place, query=query)
    return urlunsplit(shown)
