"""Owns what the world gets to see of an error: one table, one body (checklist D5, H1 to H4, H7)."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import (
    ClientException,
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)
from litestar.types import Send
from msgspec import Struct

from domain import errors as domain
from domain.causes import Refusal
from interfaces.http.wire.exchange import note_cause
from interfaces.http.wire.request_errors import (
    BodyTooLarge,
    BodyTooSlow,
    ClientGone,
    HeadTooLarge,
    HeadTooSlow,
    InvalidRequest,
    MalformedJson,
    NotReady,
    UnsupportedMediaType,
)

BEARER = 'Bearer realm="remint"'


class ErrorDetail(Struct, frozen=True):
    """One more thing to say about an error."""

    code: str
    message: str
    target: str


class Error(Struct, frozen=True):
    """What went wrong: a stable word for programs, a sentence for people, the field or the path."""

    code: str
    message: str
    target: str
    details: Sequence[ErrorDetail] = ()


class ErrorBody(Struct, frozen=True):
    """The body of every answer that is not a success."""

    error: Error


@dataclass(frozen=True, slots=True)
class Public:
    """What is told of a kind of error.

    Attributes:
        target: the field at fault; empty for the path of the operation.
        message: None for the error's own text, which only our own errors have.
    """

    status: int
    code: str
    target: str = ""
    message: str | None = None


PUBLIC: dict[type[Exception], Public] = {
    # the product's own
    domain.InvalidRefreshToken: Public(401, "invalidRefreshToken", "refreshToken"),
    domain.InvalidCredentials: Public(401, "invalidCredentials"),
    domain.WrongPassword: Public(403, "wrongPassword", "oldPassword"),
    domain.InvalidAccessToken: Public(401, "invalidAccessToken", "Authorization"),
    domain.UserNotFound: Public(404, "userNotFound"),
    domain.SessionNotFound: Public(404, "sessionNotFound"),
    domain.SigningKeyNotFound: Public(404, "signingKeyNotFound"),
    domain.TooManySessions: Public(409, "tooManySessions"),
    domain.UsernameTaken: Public(409, "usernameTaken", "username"),
    domain.InvalidUsername: Public(400, "invalidUsername", "username"),
    domain.InvalidPassword: Public(400, "invalidPassword", "newPassword"),
    domain.TooManyLogins: Public(429, "tooManyLogins"),
    domain.Unavailable: Public(503, "unavailable"),
    # the interface's own
    MalformedJson: Public(400, "malformedJson", "body", "The body is not well-formed JSON."),
    InvalidRequest: Public(
        400, "invalidRequest", "body", "The request is not what this operation asks for."
    ),
    UnsupportedMediaType: Public(
        415,
        "unsupportedMediaType",
        "Content-Type",
        "The body must be application/json in UTF-8, not compressed.",
    ),
    BodyTooLarge: Public(413, "bodyTooLarge", "body", "The body is too long."),
    BodyTooSlow: Public(408, "bodyTooSlow", "body", "The body did not arrive in time."),
    HeadTooLarge: Public(431, "headTooLarge", "headers", "The request's head is too long."),
    HeadTooSlow: Public(
        408, "headTooSlow", "headers", "The request's head did not arrive in time."
    ),
    ClientGone: Public(400, "clientGone", "body", "The connection was broken off."),
    NotReady: Public(503, "notReady", message="The service is not ready to receive requests."),
    # the framework's
    ValidationException: Public(
        400, "invalidRequest", "body", "The request is not what this operation asks for."
    ),
    ClientException: Public(400, "badRequest", "request", "The request is not valid HTTP."),
    NotFoundException: Public(404, "notFound", "path", "Nothing is served at this path."),
    MethodNotAllowedException: Public(
        405, "methodNotAllowed", "method", "The path does not allow this method."
    ),
    # whatever nobody expected
    Exception: Public(500, "internalError", message="Something went wrong on our side."),
}

CAUSES = {
    Refusal.REVOKED: "The session was ended.",
    Refusal.REUSED: "The session was ended because a superseded refresh token was presented.",
    Refusal.REPLACED: "The session was ended by a newer log-in.",
    Refusal.EXPIRED: "The session is past its absolute expiry.",
    Refusal.IDLE: "The session was unused for too long.",
    Refusal.USER_DISABLED: "The user is disabled.",
    Refusal.CREDENTIALS_CHANGED: "The user's credentials changed after the session was opened.",
}


def public(error: Exception) -> Public:
    """The table's entry for an error, or for the nearest class it descends from."""
    return next(PUBLIC[kind] for kind in type(error).__mro__ if kind in PUBLIC)


def error_body(error: Exception, path: str = "") -> ErrorBody:
    """The body that tells of an error; nothing that was sent is echoed (checklist H2)."""
    shown = public(error)
    message = str(error) if shown.message is None else shown.message
    target = getattr(error, "field", "") or _parameter(error) or shown.target or path
    return ErrorBody(Error(shown.code, message, target, _details(error)))


def _parameter(error: Exception) -> str:
    """The name of the parameter at fault, where the framework found one; names are our own."""
    extra = getattr(error, "extra", None)
    first = extra[0] if isinstance(extra, list) and extra else {}
    name = str(first.get("key", ""))
    return "" if name == "data" else name  # the framework's word for the body


def error_headers(error: Exception) -> dict[str, str]:
    """The headers that HTTP asks for beside the body (checklist H3, H4, H7)."""
    headers: dict[str, str] = {}
    if public(error).status == 401:
        headers["WWW-Authenticate"] = _challenge(error)
    if isinstance(error, MethodNotAllowedException):
        headers["Allow"] = _allowed(error)
    retry_after = getattr(error, "retry_after", None)
    if retry_after is not None:
        headers["Retry-After"] = str(max(1, math.ceil(retry_after.total_seconds())))
    return headers


def answer_error(request: Request[Any, Any, Any], error: Exception) -> Response[ErrorBody]:
    """Turn whatever was raised into an answer; a crash is logged here, once.

    Of an exception the log pipeline shows types and places, never its words.
    """
    return Response(
        error_body(error, request.scope.get("path_template", "")),
        status_code=_noted(error),
        headers=error_headers(error),
        media_type="application/json",
    )


async def send_error(
    send: Send, error: Exception, path: str = "", more_headers: Mapping[str, str] | None = None
) -> None:
    """The same where the framework is not asked; `path` is that of the operation."""
    body = msgspec.json.encode(error_body(error, path))
    headers = error_headers(error) | {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        **(more_headers or {}),
    }
    lines = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": _noted(error), "headers": lines})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _noted(error: Exception) -> int:
    """The status, after the log has what it shall have of the error."""
    note_cause(cause_of(error))
    status = public(error).status
    if status == 500:
        structlog.get_logger("remint").error("crash", exc_info=error)
    return status


def cause_of(error: Exception) -> str:
    """The word for operators: finer than what the answer may tell."""
    match error:
        case domain.InvalidRefreshToken(cause=cause):
            return cause.value
        case domain.Unavailable(reason=reason):
            return reason
        case _:
            return public(error).code


def _details(error: Exception) -> list[ErrorDetail]:
    if isinstance(error, domain.InvalidRefreshToken) and error.cause in CAUSES:
        return [ErrorDetail(error.cause.value, CAUSES[error.cause], "refreshToken")]
    if isinstance(error, NotReady):
        return [ErrorDetail(word, f"Not ready: {word}.", "") for word in error.problems]
    return []


def _challenge(error: Exception) -> str:
    if isinstance(error, domain.InvalidAccessToken):
        return f'{BEARER}, error="invalid_token"'
    return BEARER


def _allowed(error: HTTPException) -> str:
    return (error.headers or {}).get("allow", "")
