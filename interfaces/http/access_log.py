"""One log line a request: what was asked, what came of it, for whom, how fast."""

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import structlog

from interfaces.http.exchange import Exchange


class AccessLine(msgspec.Struct, frozen=True):
    """A line as it is written; `seconds` until the answer was complete."""

    timestamp: datetime
    level: str
    event: str
    method: str
    route: str
    status: int
    seconds: float
    request_id: str
    trace_id: str
    client_address: str
    outcome: str
    cause: str


class AccessLog:
    """Encodes and writes the line itself: a twentieth of what a logging library takes for it."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self._encode = msgspec.json.Encoder().encode

    def __call__(self, exchange: Exchange) -> None:
        self._write(self._encode(_line(exchange)) + b"\n")


class AccessLogForPeople:
    """The same through the log pipeline, which paints it."""

    def __call__(self, exchange: Exchange) -> None:
        line = msgspec.structs.asdict(_line(exchange))
        del line["timestamp"], line["level"]
        structlog.get_logger("remint").info(**line)


def _line(exchange: Exchange) -> AccessLine:
    return AccessLine(
        datetime.now(UTC),
        "info",
        "request",
        exchange.method,
        exchange.route,
        exchange.status,
        round(exchange.seconds, 6),
        exchange.request_id,
        exchange.trace_id,
        exchange.client_address,
        exchange.outcome,
        exchange.cause,
    )
