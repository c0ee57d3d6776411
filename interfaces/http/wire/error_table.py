"""Owns the one table of errors: which status, which code and which sentence each of them has."""

from dataclasses import dataclass

from litestar.exceptions import (
    ClientException,
    MethodNotAllowedException,
    NotFoundException,
)

from domain import errors as domain
from interfaces.http.wire.request_errors import (
    BodyTooLarge,
    BodyTooSlow,
    ClientGone,
    HeadTooLarge,
    HeadTooSlow,
    InvalidRequest,
    MalformedJson,
    NotReady,
    OriginNotAllowed,
    UnsupportedHeader,
    UnsupportedMediaType,
    UnsupportedTransferCoding,
    UnsupportedVersion,
)


@dataclass(frozen=True, slots=True)
class Public:
    """The published part of an error.

    Attributes:
        target: the field at fault; empty for the path of the operation.
        message: None for the text of the error itself, which only the product's own errors have.
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
    domain.InvalidRoles: Public(400, "invalidRoles", "roles"),
    domain.TooManyLogins: Public(429, "tooManyLogins"),
    domain.Unavailable: Public(503, "unavailable"),
    domain.Misconfigured: Public(503, "unavailable"),
    # the interface's own
    MalformedJson: Public(400, "malformedJson", "body", "The body is not well-formed JSON."),
    InvalidRequest: Public(
        400, "invalidRequest", "body", "The request does not have the form that is documented."
    ),
    UnsupportedMediaType: Public(
        415,
        "unsupportedMediaType",
        "Content-Type",
        "The body must be application/json in UTF-8, not compressed.",
    ),
    UnsupportedHeader: Public(
        400,
        "unsupportedHeader",
        message="The request has a header that this service must not ignore and does not support. "
        "Send the request without this header.",
    ),
    BodyTooLarge: Public(413, "bodyTooLarge", "body", "The body is too long."),
    BodyTooSlow: Public(408, "bodyTooSlow", "body", "The body did not arrive in time."),
    HeadTooLarge: Public(431, "headTooLarge", "headers", "The request's head is too long."),
    HeadTooSlow: Public(
        408, "headTooSlow", "headers", "The request's head did not arrive in time."
    ),
    OriginNotAllowed: Public(
        400,
        "originNotAllowed",
        "Origin",
        "Pages of this origin cannot send such a request: see the setting cors.origins.",
    ),
    UnsupportedVersion: Public(
        505, "unsupportedVersion", "request", "The request must be HTTP/1.1 or HTTP/1.0."
    ),
    UnsupportedTransferCoding: Public(
        501, "unsupportedTransferCoding", "Transfer-Encoding", "The only coding is chunked."
    ),
    ClientGone: Public(400, "clientGone", "body", "The client closed the connection."),
    NotReady: Public(503, "notReady", message="The service is not ready to receive requests."),
    # the framework's
    ClientException: Public(400, "badRequest", "request", "The request is not valid HTTP."),
    NotFoundException: Public(404, "notFound", "path", "Nothing is served at this path."),
    MethodNotAllowedException: Public(
        405, "methodNotAllowed", "method", "The path does not allow this method."
    ),
    # every other exception is a bug
    Exception: Public(500, "internalError", message="The server failed to process the request."),
}


def public(error: Exception) -> Public:
    """The table's entry for an error, or for the nearest of its base classes."""
    return next(PUBLIC[kind] for kind in type(error).__mro__ if kind in PUBLIC)


def cause_of(error: Exception) -> str:
    """The word for operators: finer than the word that the answer publishes."""
    match error:
        case domain.InvalidRefreshToken(cause=cause):
            return cause.value
        case domain.Unavailable(reason=reason):
            return reason
        case _:
            return public(error).code
