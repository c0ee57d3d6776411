"""Owns the form of durations that operators write: seconds, or numbers with units (`1h30m`)."""

import re
from datetime import timedelta

_UNITS = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
}
_NUMBER = r"\d+(?:\.\d+)?"
_SECONDS = re.compile(_NUMBER, re.ASCII)
_WORDS = re.compile(
    "".join(rf"(?:(?P<{unit}>{_NUMBER}){unit}\s*)?" for unit in _UNITS), re.ASCII | re.IGNORECASE
)


def read_duration(value: object) -> timedelta:
    """The duration of `value`: a number of seconds, or a text with or without units.

    Raises:
        ValueError: `value` is not a duration, is negative, or exceeds the range of timedelta.
    """
    try:
        if isinstance(value, str):
            return _read_text(value.strip())
        if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
            return timedelta(seconds=value)
    except OverflowError:
        pass
    raise ValueError("not a duration")


def _read_text(text: str) -> timedelta:
    if _SECONDS.fullmatch(text):
        return timedelta(seconds=float(text))
    words = _WORDS.fullmatch(text)
    if not text or words is None:
        raise ValueError("not a duration")
    given = {unit: number for unit, number in words.groupdict().items() if number}
    return sum((float(number) * _UNITS[unit] for unit, number in given.items()), timedelta())


def write_duration(duration: timedelta) -> str:
    """The shortest text of a duration, to the millisecond; `read_duration` reads it back."""
    words, rest = "", duration
    for unit, length in _UNITS.items():
        if unit == "w":
            continue
        count, rest = divmod(rest, length)
        words += f"{count}{unit}" if count else ""
    return words or "0s"
