"""Owns what is logged of an error that nobody expected: where it happened, never what it held."""

import traceback
from collections.abc import Iterator

import structlog

_log = structlog.get_logger()


def report_crash(error: BaseException) -> None:
    """Log types and places only: an exception's text may quote a token or a row (checklist S1)."""
    _log.error("crash", errors=[type(link).__name__ for link in _chain(error)], at=_places(error))


def _chain(error: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _places(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
