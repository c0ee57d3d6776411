"""Owns the description of a setting: its meaning, unit, bounds and form."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any, Literal, get_args, get_origin

import msgspec

from interfaces.durations import write_duration


@dataclass(frozen=True, slots=True)
class Setting:
    """The description of a setting, next to its type.

    Attributes:
        meaning: one sentence for the README.
        unit: the unit of a plain number; durations need none.
        at_least, at_most: the bounds, inclusive.
        fits: whether a value of the right type is valid, if bounds cannot express it.
        reads: reads a value that has a form of its own; raises ValueError with a sentence for a
            fault, never with the value.
        shape: the values that fit, to follow "must be".
        confidential: whether the value can contain a password, and is hidden from every repr.
    """

    meaning: str
    unit: str = ""
    at_least: int | timedelta | None = None
    at_most: int | timedelta | None = None
    fits: Callable[[Any], bool] | None = None
    shape: str = ""
    reads: Callable[[Any], object] | None = None
    confidential: bool = False

    def complaint(self, value: Any) -> str | None:
        """The valid values, to follow "must be", if `value` is invalid; None if it is valid."""
        if self.fits is not None and not self.fits(value):
            return self.shape
        if value is None or self.at_least is None or self.at_most is None:
            return None
        if self.at_least <= value <= self.at_most:
            return None
        unit = f" {self.unit}" if self.unit else ""
        return f"between {written(self.at_least)} and {written(self.at_most)}{unit}"


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A group of settings; its repr hides confidential values."""

    def __repr__(self) -> str:
        shown = (
            f"{name}={'<hidden>' if about.confidential else repr(getattr(self, name))}"
            for name, (_, about, _) in settings_of(type(self)).items()
        )
        return f"{type(self).__name__}({', '.join(shown)})"


def settings_of(section: type[Section]) -> dict[str, tuple[Any, Setting, Any]]:
    """Name → (type, description, default) of every setting in a section."""
    found = {}
    for field in msgspec.structs.fields(section):
        kind, about = get_args(field.type)
        found[field.name] = (kind, about, field.default)
    return found


def choices(kind: Any) -> tuple[str, ...]:
    """The words that a setting of this type can have; empty if the type is not a choice."""
    if get_origin(kind) is Literal:
        return get_args(kind)
    return tuple(kind) if isinstance(kind, type) and issubclass(kind, Enum) else ()


def written(value: object) -> str:
    """A setting's value as a person would write it."""
    if isinstance(value, timedelta):
        return write_duration(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(map(str, value)) + "]"
    return "" if value is None else str(value)
