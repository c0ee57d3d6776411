"""Reads the sections of the settings from a TOML file and the environment, which overrides it."""

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, get_origin

import msgspec

from config.settings.setting import Section, Setting, choices, settings_of
from interfaces.durations import read_duration
from interfaces.text import BYTE_ORDER_MARK, NotText, read_text, refuse_damage, refuse_quotes

PREFIX = "REMINT_"
FILE_VARIABLE = "REMINT_CONFIG"
SECRET_VARIABLES = ("REMINT_SECRET", "REMINT_SECRET_FILE")
_SET_BY_KUBERNETES = re.compile(
    r"REMINT_PORT|REMINT_\w*?(SERVICE_(HOST|PORT(_\w+)?)|PORT_\d+_(TCP|UDP)(_(PROTO|PORT|ADDR))?)"
)
"""Variables that Kubernetes sets in every container if the namespace has a service `remint`."""


class SettingsError(Exception):
    """The faults of the settings, a sentence each. No sentence contains a value."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def variable(section: str, name: str) -> str:
    """The environment variable of a setting."""
    return f"{PREFIX}{section}_{name}".upper()


@dataclass(frozen=True, slots=True)
class Given:
    """A value from the file or the environment, before it is converted."""

    value: object = field(repr=False)
    place: str
    is_text: bool

    @property
    def source(self) -> str:
        """`environment` or `file`."""
        return "environment" if self.is_text else "file"


def read_sections(
    sections: Mapping[str, type[Section]], environment: Mapping[str, str]
) -> dict[str, Any]:
    """Every section, with the values of the file and the environment, and defaults otherwise.

    Raises:
        SettingsError: with a sentence for each unknown name and each invalid value.
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
            value = values[name] = _valid(given, type_, about)
        except ValueError as invalid:
            problems.append(f"{given.place} must be {invalid}.")
            continue
        except NotText as error:
            problems.append(f"{given.place} {error}.")
            continue
        if about.reads is None:
            continue
        try:
            about.reads(value)
        except ValueError as fault:
            problems.append(f"{given.place}: {fault}")
    return values, problems


def read_file(path: str | None) -> Mapping[str, object]:
    """The tables of the TOML file; empty if `path` is None.

    Raises:
        SettingsError: the file cannot be read, or is not TOML.
    """
    path = path_of(FILE_VARIABLE, path)
    if not path:
        return {}
    try:
        return tomllib.loads(read_text(Path(path).read_bytes()))
    except OSError as error:
        raise SettingsError(
            [f"{FILE_VARIABLE} names a file that cannot be read{_named(path)}: {error.strerror}."]
        ) from None
    except NotText as error:
        raise SettingsError([f"The file that {FILE_VARIABLE} names {error}."]) from None
    except ValueError as error:
        where = re.search(r"line \d+", str(error))
        place = f" ({where[0]})" if where else ""
        raise SettingsError(
            [f"{FILE_VARIABLE} names a file that is not TOML{place}{_named(path)}."]
        ) from None


def _named(path: str) -> str:
    """The path, if it has the form of one, because a variable can hold a secret by mistake."""
    file = Path(path)
    if "/" not in path or "\0" in path:
        return ""
    return f" ({file})" if os.path.isdir(file.parent) else ""  # noqa: PTH112 - Path can raise


def path_of(variable: str, value: str | None) -> str:
    """The path in the value of a variable; empty if the variable is not set.

    Raises:
        SettingsError: the path is in quotes.
    """
    path = (value or "").strip()
    try:
        refuse_quotes(path)
    except NotText as error:
        raise SettingsError([f"{variable} {error}."]) from None
    return path


def find_given(
    section: str, name: str, file: Mapping[str, object], environment: Mapping[str, str]
) -> Given | None:
    """The value that the environment or the file gives to a setting; None if neither does."""
    text = environment.get(variable(section, name), "").strip()
    if text:
        return Given(text, f"{variable(section, name)} ({section}.{name})", is_text=True)
    table = file.get(section)
    if isinstance(table, Mapping) and name in table:
        return Given(table[name], f"{section}.{name}", is_text=False)
    return None


def _valid(given: Given, kind: Any, about: Setting) -> object:
    """The value, converted to the type of its setting.

    Raises:
        ValueError: the value is invalid; the message completes "must be".
        NotText: the value was damaged on its way here; the message follows the name.
    """
    for text in _texts(given.value):
        refuse_damage(text)
    try:
        value = _converted(given, kind)
    except ValueError:
        raise ValueError(_described(kind, about)) from None
    complaint = about.complaint(value)
    if complaint:
        raise ValueError(complaint)
    return value


def _texts(value: object) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str)]


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
    return about.shape or "a text" if kind in (str, str | None) else "a whole number"


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
    given = [name for name in environment if name.startswith((PREFIX, BYTE_ORDER_MARK + PREFIX))]
    return [
        _unknown(name, known)
        for name in given
        if name not in known and not _SET_BY_KUBERNETES.fullmatch(name)
    ]


def _unknown(name: str, known: Iterable[str]) -> str:
    if name.startswith(BYTE_ORDER_MARK):
        bare = name.removeprefix(BYTE_ORDER_MARK)
        return f"A byte order mark precedes the name {bare}: save the env file without one."
    [nearest] = difflib.get_close_matches(name, list(known), n=1, cutoff=0.0)
    return f"{name} is not a setting; the nearest is {nearest}."
