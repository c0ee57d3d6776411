"""Owns the log fields of an exception: its types and code locations, never its message."""

import sys
import traceback
from collections.abc import Iterator

from structlog.typing import EventDict, WrappedLogger


def types_and_places_only(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """A structlog processor; an exception's message can quote a token or a row."""
    error = _exception(event.pop("exc_info", None))
    if error is not None:
        event["errors"] = [type(link).__name__ for link in _chain(error)]
        event["at"] = [
            f"{frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
        ]
    return event


def _exception(exc_info: object) -> BaseException | None:
    if isinstance(exc_info, tuple):
        exc_info = exc_info[1]
    if isinstance(exc_info, BaseException):
        return exc_info
    return sys.exc_info()[1] if exc_info else None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and its causes; a chain can contain a cycle."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
