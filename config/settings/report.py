"""Owns how the effective settings are shown: with their source, and without secrets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from config.settings.dangers import dangers
from config.settings.reading import FILE_VARIABLE, find_given, read_file
from config.settings.sections import Settings, sections
from config.settings.setting import settings_of, written
from infrastructure.database.address import Address


@dataclass(frozen=True, slots=True)
class EffectiveSetting:
    """One setting with its effective value. `source` is default, file or environment."""

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
                value=Address.parse(value).shown if about.confidential else value,
                source=given.source if given else "default",
                danger=why.get(f"{section}.{name}"),
            )
