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
    UnsupportedGrantType,
    UnsupportedHeader,
    UnsupportedMediaType,
    UnsupportedTransferCoding,
    UnsupportedVersion,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """The published part of an error.

    Attributes:
        target: the field at fault; empty for the path of the operation.
        message: None for the text of the error itself, which only the product's own errors have.
    """

    status: int
    code: str
    target: str = ""
    message: str | None = None


ERROR_TABLE: dict[type[Exception], Entry] = {
    # the product's own
    domain.InvalidRefreshToken: Entry(401, "invalidRefreshToken", "refreshToken"),
    domain.InvalidCredentials: Entry(401, "invalidCredentials"),
    domain.InvalidClient: Entry(401, "invalidClient", "Authorization"),
    domain.ForeignToken: Entry(401, "invalidClient", "Authorization"),
    domain.InvalidAssertion: Entry(400, "invalidAssertion", "assertion"),
    domain.InvalidProof: Entry(401, "invalidProof", "DPoP"),
    domain.NotAllowed: Entry(403, "notAllowed"),
    domain.UserDisabled: Entry(403, "userDisabled"),
    domain.WrongPassword: Entry(403, "wrongPassword", "oldPassword"),
    domain.InvalidAccessToken: Entry(401, "invalidAccessToken", "Authorization"),
    domain.UserNotFound: Entry(404, "userNotFound"),
    domain.SessionNotFound: Entry(404, "sessionNotFound"),
    domain.SigningKeyNotFound: Entry(404, "signingKeyNotFound"),
    domain.TooManySessions: Entry(409, "tooManySessions"),
    domain.UsernameTaken: Entry(409, "usernameTaken", "username"),
    domain.SubjectTaken: Entry(409, "subjectTaken", "subject"),
    domain.AmbiguousUser: Entry(409, "ambiguousUser"),
    domain.ClientIdTaken: Entry(409, "clientIdTaken", "clientId"),
    domain.ClientIsBuiltIn: Entry(409, "clientIdTaken", "clientId"),
    domain.ClientSecretConflict: Entry(409, "clientSecretConflict"),
    domain.InvalidSubject: Entry(400, "invalidSubject", "subject"),
    domain.InvalidClaims: Entry(400, "invalidRequest", "claims"),
    domain.InvalidPasswordHash: Entry(400, "invalidRequest", "passwordHash"),
    domain.OutsideTerms: Entry(400, "invalidRequest"),
    domain.OutsideGrant: Entry(400, "invalidRequest"),
    domain.ClientNotFound: Entry(400, "invalidRequest", "client"),
    domain.ClientIsDisabled: Entry(400, "invalidRequest", "client"),
    domain.InvalidClientId: Entry(400, "invalidClientId", "clientId"),
    domain.InvalidClientTerms: Entry(400, "invalidClientTerms"),
    domain.TrustedIssuerNotFound: Entry(404, "issuerNotFound", "issuer"),
    domain.TrustedIssuerExists: Entry(409, "issuerExists", "issuer"),
    domain.InvalidTrustedIssuer: Entry(400, "invalidIssuer", "issuer"),
    domain.InvalidKeySource: Entry(400, "invalidKeySet", "jwks"),
    domain.InvalidUsername: Entry(400, "invalidUsername", "username"),
    domain.InvalidPassword: Entry(400, "invalidPassword", "newPassword"),
    domain.InvalidRoles: Entry(400, "invalidRoles", "roles"),
    domain.TooManyLogins: Entry(429, "tooManyLogins"),
    domain.Unavailable: Entry(503, "unavailable"),
    domain.Misconfigured: Entry(503, "unavailable"),
    # the interface's own
    MalformedJson: Entry(400, "malformedJson", "body", "The body is not well-formed JSON."),
    InvalidRequest: Entry(
        400, "invalidRequest", "body", "The request does not have the form that is documented."
    ),
    UnsupportedMediaType: Entry(
        415,
        "unsupportedMediaType",
        "Content-Type",
        "The body must be application/json in UTF-8, not compressed.",
    ),
    UnsupportedGrantType: Entry(
        400, "unsupportedGrantType", "grant_type", "The grant type is not supported."
    ),
    UnsupportedHeader: Entry(
        400,
        "unsupportedHeader",
        message="The request has a header that this service must not ignore and does not support. "
        "Send the request without this header.",
    ),
    BodyTooLarge: Entry(413, "bodyTooLarge", "body", "The body is too long."),
    BodyTooSlow: Entry(408, "bodyTooSlow", "body", "The body did not arrive in time."),
    HeadTooLarge: Entry(431, "headTooLarge", "headers", "The request's head is too long."),
    HeadTooSlow: Entry(408, "headTooSlow", "headers", "The request's head did not arrive in time."),
    OriginNotAllowed: Entry(
        400,
        "originNotAllowed",
        "Origin",
        "Pages of this origin cannot send such a request: see the setting cors.origins.",
    ),
    UnsupportedVersion: Entry(
        505, "unsupportedVersion", "request", "The request must be HTTP/1.1 or HTTP/1.0."
    ),
    UnsupportedTransferCoding: Entry(
        501, "unsupportedTransferCoding", "Transfer-Encoding", "The only coding is chunked."
    ),
    ClientGone: Entry(400, "clientGone", "body", "The client closed the connection."),
    NotReady: Entry(503, "notReady", message="The service is not ready to receive requests."),
    # the framework's
    ClientException: Entry(400, "badRequest", "request", "The request is not valid HTTP."),
    NotFoundException: Entry(404, "notFound", "path", "Nothing is served at this path."),
    MethodNotAllowedException: Entry(
        405, "methodNotAllowed", "method", "The path does not allow this method."
    ),
    # every other exception is a bug
    Exception: Entry(500, "internalError", message="The server failed to process the request."),
}


def entry_of(error: Exception) -> Entry:
    """The table's entry for an error, or for the nearest of its base classes."""
    return next(ERROR_TABLE[kind] for kind in type(error).__mro__ if kind in ERROR_TABLE)


def cause_of(error: Exception) -> str:
    """The word for operators: finer than the word that the answer publishes."""
    match error:
        case domain.InvalidRefreshToken(cause=cause):
            return cause.value
        case domain.InvalidAssertion(flaw=flaw):
            return flaw.value
        case domain.InvalidProof(flaw=proof_flaw):
            return proof_flaw.value
        case domain.Unavailable(reason=reason):
            return reason
        case _:
            return entry_of(error).code
