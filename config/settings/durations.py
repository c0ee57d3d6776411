"""Owns how lengths of time are written in settings: seconds, or words like `10m` and `1h30m`."""

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
    """The length of time that a person meant by `value`: a number of seconds, or words.

    Raises:
        ValueError: it is neither, negative, or longer than time goes.
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
    """The shortest words for a length of time, to the millisecond; reads back as the same."""
    words, rest = "", duration
    for unit, length in _UNITS.items():
        if unit == "w":
            continue
        count, rest = divmod(rest, length)
        words += f"{count}{unit}" if count else ""
    return words or "0s"
