"""Owns the log stream: one line per event, as JSON or as coloured text."""

import asyncio
import atexit
import contextlib
import json
import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, BinaryIO, TextIO

import msgspec
import structlog
from structlog.dev import ConsoleRenderer
from structlog.typing import EventDict, Processor, WrappedLogger

from infrastructure.telemetry.exceptions import types_and_places_only
from infrastructure.telemetry.log_output import PART, destination

SOON = 0.01
"""Seconds that the line of a request waits, so that several lines share a write."""
MOST_WAITING = 1024 * 1024
"""Bytes of lines that wait until they can be written."""
RETRY_AFTER = 0.25
PATIENCE_AT_EXIT = 2.0
"""Seconds."""
Context = Callable[[], Mapping[str, str]]
"""Returns the fields of the current request, which every line gets."""


class AuditLine(bytes):
    """A line of the audit trail."""


class LogStream:
    """The stream of log lines; lines that follow each other fast share a write.

    No line waits for a reader, and no line fails its writer. Lines that cannot be written now are
    kept and tried again; beyond MOST_WAITING, further lines are lost and counted.
    """

    def __init__(self, level: int, is_json: bool, out: BinaryIO | None) -> None:
        self.is_json = is_json
        self.on_loss: Callable[[str], object] = lambda _kind: None
        """Called for every line that is lost, with `audit` or `other`."""
        self._level = level
        self._destination = destination(out)
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._lost = {"audit": 0, "other": 0}
        self._writing = threading.Lock()
        self._flush_is_due = False

    def shows(self, level: int) -> bool:
        """Whether lines of that level are written."""
        return level >= self._level

    def write_soon(self, line: bytes) -> None:
        """Write a line within `SOON`, because a write lets other threads run, which takes time."""
        self._add(line)
        self._flush_in(SOON)

    def write(self, line: bytes) -> None:
        """Write a line, and the waiting ones, at once."""
        self._add(line)
        self.flush()

    def flush(self) -> None:
        """Write the waiting lines in large parts, so that lines of several processes do not mix."""
        self._flush_is_due = False
        if not self._write_waiting():
            with contextlib.suppress(RuntimeError):  # without an event loop, the next line tries
                self._flush_in(RETRY_AFTER)
        elif any(self._lost.values()):
            lost, self._lost = self._lost, dict.fromkeys(self._lost, 0)
            structlog.get_logger("remint").error(
                "logLinesLost", audit_lines=lost["audit"], other_lines=lost["other"]
            )

    def is_written(self) -> bool:
        """Write the waiting lines; whether all lines have left the process."""
        self.flush()
        return not self._waiting

    def flush_at_exit(self) -> None:
        """Write the waiting lines, and give a slow reader a moment."""
        deadline = time.monotonic() + PATIENCE_AT_EXIT
        while not self._write_waiting() and time.monotonic() < deadline:
            time.sleep(0.05)

    def msg(self, line: bytes) -> None:
        """The end of structlog's pipeline."""
        self.write(type(line)(line + b"\n"))

    debug = info = warning = error = critical = msg

    def _add(self, line: bytes) -> None:
        if self._size + len(line) > MOST_WAITING:
            kind = "audit" if isinstance(line, AuditLine) else "other"
            self._lost[kind] += 1
            self.on_loss(kind)
        else:
            self._waiting.append(line)
            self._size += len(line)

    def _flush_in(self, seconds: float) -> None:
        if not self._flush_is_due:
            asyncio.get_running_loop().call_later(seconds, self.flush)
            self._flush_is_due = True

    def _write_waiting(self) -> bool:
        """Whether nothing waits any more."""
        with self._writing:
            while part := self._take():
                try:
                    written = self._destination.write(part)
                except OSError:
                    written = 0
                self._size -= written
                if written < len(part):
                    self._waiting.appendleft(part[written:])
                    return False
        return True

    def _take(self) -> bytes:
        """The next lines as far as they fit into a part, and at least a part of the next one."""
        lines, size = list[bytes](), 0
        while self._waiting and (not lines or size + len(self._waiting[0]) <= PART):
            lines.append(self._waiting.popleft())
            size += len(lines[-1])
        taken = b"".join(lines)
        if len(taken) > PART:
            self._waiting.appendleft(taken[PART:])
        return taken[:PART]


def set_up_logs(
    level: str, form: str, *, context: Context = dict, stream: TextIO | None = None
) -> LogStream:
    """Send all log lines of this process, those of libraries included, through one pipeline.

    Args:
        level: `debug`, `info`, `warning` or `error`.
        form: `json`, `console`, or `auto`: for people on a terminal only.
        stream: standard output, unless a command needs that for its own words.
    """
    out: TextIO | None = stream or sys.stdout
    is_terminal = out is not None and out.isatty()
    for_people = form == "console" or (form == "auto" and is_terminal)
    least = logging.getLevelNamesMapping()[level.upper()]
    logs = LogStream(least, not for_people, out.buffer if out else None)
    structlog.configure(
        processors=[_with(context), types_and_places_only, _renderer(for_people, is_terminal)],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=lambda *_: logs,
        cache_logger_on_first_use=False,
    )
    _take_over_the_standard_library(least)
    atexit.register(logs.flush_at_exit)
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
        return lambda _logger, _level, event: _marked(event, _json(event))
    console = ConsoleRenderer(colors=colours)

    def render(logger: WrappedLogger, level: str, event: EventDict) -> bytes:
        event["timestamp"] = f"{event['timestamp']:%Y-%m-%d %H:%M:%S}"
        text = str(console(logger, level, dict(event)))
        return _marked(event, text.encode("utf-8", "backslashreplace"))

    return render


def _marked(event: EventDict, line: bytes) -> bytes:
    return AuditLine(line) if event.get("audit") is True else line


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
