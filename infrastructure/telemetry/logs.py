"""Owns the log stream: one line an event, JSON for programs or colours for people."""

import json
import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO, TextIO

import msgspec
import structlog
from structlog.dev import ConsoleRenderer
from structlog.typing import EventDict, Processor, WrappedLogger

from infrastructure.telemetry.exceptions import types_and_places_only

Context = Callable[[], Mapping[str, str]]
"""What goes into every line for now: whose request is being answered."""


@dataclass(frozen=True, slots=True)
class LogStream:
    """Where lines go, for whoever writes its own."""

    level: int
    is_json: bool
    _out: BinaryIO

    def shows(self, level: int) -> bool:
        return level >= self.level

    def write(self, line: bytes) -> None:
        """Write a whole line in one go, so that the lines of several processes do not mix."""
        self._out.write(line)
        self._out.flush()


def set_up_logs(
    level: str, form: str, *, context: Context = dict, stream: TextIO | None = None
) -> LogStream:
    """Send everything that this process logs, foreign libraries included, through one pipeline.

    Args:
        level: `debug`, `info`, `warning` or `error`.
        form: `json`, `console`, or `auto`: for people on a terminal only.
        stream: standard output, unless a command needs that for its own words.
    """
    out = stream or sys.stdout
    for_people = form == "console" or (form == "auto" and out.isatty())
    least = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[_with(context), types_and_places_only, _renderer(for_people, out.isatty())],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.BytesLoggerFactory(out.buffer),
        cache_logger_on_first_use=False,
    )
    _take_over_the_standard_library(least)
    return LogStream(least, not for_people, out.buffer)


class Forwarding(logging.Handler):
    """Hands records of the standard library's loggers on to the pipeline."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger(record.name)
        log.log(record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info)


def _take_over_the_standard_library(least: int) -> None:
    # Drivers log statements and their values below WARNING: never shown (checklist S1).
    logging.basicConfig(level=max(least, logging.WARNING), handlers=[Forwarding()], force=True)
    for name in ("uvicorn", "uvicorn.error"):
        _reset(name, level=max(least, logging.INFO), propagate=True)
    # uvicorn writes no access lines when nobody would read them: they would hold paths and queries.
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
    """What we do not know how to write might hold a secret."""
    return value.isoformat() if isinstance(value, datetime) else f"<{type(value).__name__}>"


_ENCODE = msgspec.json.Encoder(enc_hook=_type_only).encode
