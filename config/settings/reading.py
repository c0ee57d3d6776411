"""Owns where settings come from: a TOML file, and the environment, which wins."""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, get_origin

import msgspec

from config.settings.durations import read_duration
from config.settings.setting import Section, Setting, choices, settings_of

PREFIX = "REMINT_"
FILE_VARIABLE = "REMINT_CONFIG"
SECRET_VARIABLES = ("REMINT_SECRET", "REMINT_SECRET_FILE")
_SET_BY_KUBERNETES = re.compile(
    r"REMINT_PORT|REMINT_\w*?(SERVICE_(HOST|PORT(_\w+)?)|PORT_\d+_(TCP|UDP)(_(PROTO|PORT|ADDR))?)"
)
"""What Kubernetes puts into every container of a namespace with a service named remint."""


class SettingsError(Exception):
    """What is wrong with the settings, a sentence each; never with a value."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def variable(section: str, name: str) -> str:
    """The environment variable of a setting."""
    return f"{PREFIX}{section}_{name}".upper()


@dataclass(frozen=True, slots=True)
class Given:
    """A value as somebody gave it, and where."""

    value: object = field(repr=False)
    place: str
    is_text: bool

    @property
    def source(self) -> str:
        """Texts come from the environment, everything else from the file."""
        return "environment" if self.is_text else "file"


def read_sections(
    sections: Mapping[str, type[Section]], environment: Mapping[str, str]
) -> dict[str, Any]:
    """Every section with what the file and the environment say, and defaults for the rest.

    Raises:
        SettingsError: a sentence for each unknown name and each unacceptable value.
    """
    file = read_file(environment.get(FILE_VARIABLE))
    problems = [*_unknown_in_file(sections, file), *_unknown_variables(sections, environment)]
    read = {}
    for section, kind in sections.items():
        values, wrong = _read_section(section, kind, file, environment)
        read[section] = kind(**values)
        problems += wrong
    if problems:
        raise SettingsError(problems)
    return read


def _read_section(
    section: str,
    kind: type[Section],
    file: Mapping[str, object],
    environment: Mapping[str, str],
) -> tuple[dict[str, object], list[str]]:
    values, problems = {}, []
    for name, (type_, about, _) in settings_of(kind).items():
        given = find_given(section, name, file, environment)
        if given is None:
            continue
        try:
            values[name] = _acceptable(given, type_, about)
        except ValueError as unacceptable:
            problems.append(f"{given.place} must be {unacceptable}.")
    return values, problems


def read_file(path: str | None) -> Mapping[str, object]:
    """The tables of the TOML file, none without a file.

    Raises:
        SettingsError: it cannot be read or is no TOML.
    """
    if not path:
        return {}
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            [f"{FILE_VARIABLE} names a file that cannot be read: {error.strerror}."]
        ) from None
    except ValueError as error:
        where = re.search(r"line \d+", str(error))
        place = f" ({where[0]})" if where else ""
        raise SettingsError([f"{FILE_VARIABLE} names a file that is not TOML{place}."]) from None


def find_given(
    section: str, name: str, file: Mapping[str, object], environment: Mapping[str, str]
) -> Given | None:
    """What somebody gave for a setting; None where the default counts."""
    text = environment.get(variable(section, name), "").strip()
    if text:
        return Given(text, f"{variable(section, name)} ({section}.{name})", is_text=True)
    table = file.get(section)
    if isinstance(table, Mapping) and name in table:
        return Given(table[name], f"{section}.{name}", is_text=False)
    return None


def _acceptable(given: Given, kind: Any, about: Setting) -> object:
    """The value in its type; ValueError says what it must be instead."""
    try:
        value = _converted(given, kind)
    except ValueError:
        raise ValueError(_described(kind, about)) from None
    complaint = about.complaint(value)
    if complaint:
        raise ValueError(complaint)
    return value


def _converted(given: Given, kind: Any) -> object:
    if kind is timedelta:
        return read_duration(given.value)
    value = given.value
    if given.is_text and get_origin(kind) is tuple:
        value = [part.strip() for part in str(value).split(",") if part.strip()]
    return msgspec.convert(value, kind, strict=not given.is_text)


def _described(kind: Any, about: Setting) -> str:
    if kind is timedelta:
        return "a duration: seconds, or words such as 10s, 15m or 1h30m"
    if choices(kind):
        return "one of " + ", ".join(choices(kind))
    if kind is bool:
        return "true or false"
    if get_origin(kind) is tuple:
        return about.shape or "a list of texts"
    return "a text" if kind in (str, str | None) else "a whole number"


def _unknown_in_file(
    sections: Mapping[str, type[Section]], file: Mapping[str, object]
) -> list[str]:
    problems = []
    known = [f"{section}.{name}" for section in sections for name in settings_of(sections[section])]
    for section, table in file.items():
        if section not in sections:
            problems.append(_unknown(section, sections))
        elif not isinstance(table, Mapping):
            problems.append(f"{section} must be a table: [{section}].")
        else:
            names = (f"{section}.{name}" for name in table)
            problems += [_unknown(name, known) for name in names if name not in known]
    return problems


def _unknown_variables(
    sections: Mapping[str, type[Section]], environment: Mapping[str, str]
) -> list[str]:
    known = [variable(section, n) for section in sections for n in settings_of(sections[section])]
    known += [FILE_VARIABLE, *SECRET_VARIABLES]
    given = [name for name in environment if name.startswith(PREFIX)]
    return [
        _unknown(name, known)
        for name in given
        if name not in known and not _SET_BY_KUBERNETES.fullmatch(name)
    ]


def _unknown(name: str, known: Iterable[str]) -> str:
    [nearest] = difflib.get_close_matches(name, list(known), n=1, cutoff=0.0)
    return f"{name} is not a setting; the nearest is {nearest}."
