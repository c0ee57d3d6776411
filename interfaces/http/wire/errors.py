"""Owns how an error is answered: in the words of a dialect, by the framework or past it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import ValidationException
from litestar.types import Send
from msgspec import Struct

from interfaces.http.wire.error_table import cause_of, entry_of
from interfaces.http.wire.exchange import note_cause
from interfaces.http.wire.faults import invalid_parameter


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """One error, in the words of a dialect.

    Attributes:
        word: the finest code that is published of the error.
        message: a sentence for people.
    """

    status: int
    word: str
    message: str
    body: Struct
    headers: Mapping[str, str] = field(default_factory=dict)


class ErrorDialect(Protocol):
    """Status, body, headers and media type of every error, for one family of operations."""

    @property
    def media_type(self) -> str: ...

    @property
    def body_type(self) -> type[Struct]:
        """The schema of every body."""

    def __call__(self, error: Exception, path: str) -> ErrorAnswer:
        """The answer; `path` is that of the operation. Nothing that was sent is echoed."""


ErrorHandler = Callable[[Request[Any, Any, Any], Exception], Response[Struct]]


def error_handler(dialect: ErrorDialect) -> ErrorHandler:
    """The framework's handler for every exception, in that dialect."""

    def handle(request: Request[Any, Any, Any], error: Exception) -> Response[Struct]:
        if isinstance(error, ValidationException):
            error = invalid_parameter(error)
        _note(error)
        answer = dialect(error, request.scope.get("path_template", ""))
        return Response(
            answer.body,
            status_code=answer.status,
            headers=answer.headers,
            media_type=dialect.media_type,
        )

    return handle


async def send_error(
    send: Send,
    error: Exception,
    dialect: ErrorDialect,
    more_headers: Mapping[str, str] | None = None,
) -> None:
    """Answer an error that no route answers."""
    _note(error)
    answer = dialect(error, "")
    body = msgspec.json.encode(answer.body)
    headers = {
        **answer.headers,
        "Content-Type": dialect.media_type,
        "Content-Length": str(len(body)),
        **(more_headers or {}),
    }
    lines = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": lines})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _note(error: Exception) -> None:
    """Note the cause for operators, and log a crash: here, and nowhere else.

    Of an exception the log pipeline shows types and places, never its words.
    """
    note_cause(cause_of(error))
    if entry_of(error).status == 500:
        structlog.get_logger("remint").error("crash", exc_info=error)
