"""Owns the log stream: one line per event, as JSON or as coloured text."""

import asyncio
import atexit
import json
import logging
import sys
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, BinaryIO, TextIO

import msgspec
import structlog
from structlog.dev import ConsoleRenderer
from structlog.typing import EventDict, Processor, WrappedLogger

from infrastructure.telemetry.exceptions import types_and_places_only

SOON = 0.01
"""Seconds that the line of a request waits, so that several lines share a write."""
Context = Callable[[], Mapping[str, str]]
"""Returns the fields of the current request, which every line gets."""


class LogStream:
    """The stream of log lines; lines that follow each other fast share a write."""

    def __init__(self, level: int, is_json: bool, out: BinaryIO) -> None:
        self.is_json = is_json
        self._level = level
        self._out = out
        self._waiting: deque[bytes] = deque()

    def shows(self, level: int) -> bool:
        """Whether lines of that level are written."""
        return level >= self._level

    def write_soon(self, line: bytes) -> None:
        """Write a line within `SOON`, because a write lets other threads run, which takes time."""
        self._waiting.append(line)
        if len(self._waiting) == 1:
            asyncio.get_running_loop().call_later(SOON, self.flush)

    def write(self, line: bytes) -> None:
        """Write a line, and the waiting ones, at once."""
        self._waiting.append(line)
        self.flush()

    def flush(self) -> None:
        """Write the waiting lines in one call, so that lines of several processes do not mix."""
        lines = []
        while self._waiting:
            lines.append(self._waiting.popleft())
        if not lines:
            return
        self._out.write(b"".join(lines))
        self._out.flush()

    def msg(self, line: bytes) -> None:
        """The end of structlog's pipeline."""
        self.write(line + b"\n")

    debug = info = warning = error = critical = msg


def set_up_logs(
    level: str, form: str, *, context: Context = dict, stream: TextIO | None = None
) -> LogStream:
    """Send all log lines of this process, those of libraries included, through one pipeline.

    Args:
        level: `debug`, `info`, `warning` or `error`.
        form: `json`, `console`, or `auto`: for people on a terminal only.
        stream: standard output, unless a command needs that for its own words.
    """
    out = stream or sys.stdout
    for_people = form == "console" or (form == "auto" and out.isatty())
    least = logging.getLevelNamesMapping()[level.upper()]
    logs = LogStream(least, not for_people, out.buffer)
    structlog.configure(
        processors=[_with(context), types_and_places_only, _renderer(for_people, out.isatty())],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=lambda *_: logs,
        cache_logger_on_first_use=False,
    )
    _take_over_the_standard_library(least)
    atexit.register(logs.flush)
    return logs


class Forwarding(logging.Handler):
    """Passes records of the standard library's loggers to the pipeline."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger(record.name)
        log.log(record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info)


def _take_over_the_standard_library(least: int) -> None:
    # Database drivers log statements and their values below WARNING, so WARNING is the minimum.
    logging.basicConfig(level=max(least, logging.WARNING), handlers=[Forwarding()], force=True)
    for name in ("uvicorn", "uvicorn.error"):
        _reset(name, level=max(least, logging.INFO), propagate=True)
    # At this level uvicorn writes no access lines, which would contain paths and queries.
    _reset("uvicorn.access", level=logging.CRITICAL, propagate=False)


def _reset(name: str, *, level: int, propagate: bool) -> None:
    logger = logging.getLogger(name)
    logger.handlers.clear()
    logger.setLevel(level)
    logger.propagate = propagate


def _with(context: Context) -> Processor:
    def complete(_: WrappedLogger, level: str, event: EventDict) -> EventDict:
        what = event.pop("event", "")
        head = {"timestamp": datetime.now(UTC), "level": level, "event": what}
        return {**head, **context(), **event}

    return complete


def _renderer(for_people: bool, colours: bool) -> Processor:
    if not for_people:
        return lambda _logger, _level, event: _json(event)
    console = ConsoleRenderer(colors=colours)

    def render(logger: WrappedLogger, level: str, event: EventDict) -> bytes:
        event["timestamp"] = f"{event['timestamp']:%Y-%m-%d %H:%M:%S}"
        return str(console(logger, level, event)).encode("utf-8", "backslashreplace")

    return render


def _json(event: EventDict) -> bytes:
    try:
        return _ENCODE(event)
    except (TypeError, ValueError):
        # A lone surrogate, or a key that is no text.
        return json.dumps(event, default=_type_only).encode()


def _type_only(value: Any) -> str:
    """The type of a value of another kind, because the value could be a secret."""
    return value.isoformat() if isinstance(value, datetime) else f"<{type(value).__name__}>"


_ENCODE = msgspec.json.Encoder(enc_hook=_type_only).encode
