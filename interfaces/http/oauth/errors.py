"""Owns the OAuth dialect of errors (RFC 6749 section 5.2)."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from domain import errors as domain
from interfaces.http.wire.errors import ErrorAnswer, error_handler
from interfaces.http.wire.json_errors import JSON_ERRORS, proof_error
from interfaces.http.wire.openapi import Success, documented
from interfaces.http.wire.request_errors import (
    InvalidRequest,
    UnsupportedGrantType,
    UnsupportedMediaType,
)

GRANT_ERRORS = (
    *(domain.InvalidRefreshToken, domain.UserNotFound, domain.ForeignToken),
    *(domain.InvalidAssertion, domain.InvalidSubject, domain.InvalidClaims),
    *(domain.UserDisabled, domain.TooManySessions),
)
"""Answered with `invalid_grant`: no other credentials would help."""
BAD_REQUESTS = (*GRANT_ERRORS, domain.InvalidProof)
"""Answered with 400, whatever their status is elsewhere (RFC 6749 and RFC 9449, both section 5)."""


class OAuthError(Struct, frozen=True):
    """A word for programs, and a sentence for developers."""

    error: str
    error_description: str


class OAuthErrors:
    """The dialect of every operation under `/oauth`."""

    media_type = "application/json"
    body_type: type[Struct] = OAuthError

    def __call__(self, error: Exception, path: str = "") -> ErrorAnswer:
        shown = JSON_ERRORS(error, path)
        is_bad_request = isinstance(error, BAD_REQUESTS)
        headers = dict(shown.headers)
        if is_bad_request:
            headers.pop("WWW-Authenticate", None)
        body = OAuthError(_word(error, shown.status), _description(error, shown))
        status = 400 if is_bad_request else shown.status
        return ErrorAnswer(status, shown.word, shown.message, body, headers)


OAUTH_ERRORS = OAuthErrors()


def oauth_operation(success: Success, errors: Iterable[Exception]) -> dict[str, Any]:
    """What every route under `/oauth` declares, and how it answers errors."""
    return {
        "tags": ["oauth"],
        "exception_handlers": {Exception: error_handler(OAUTH_ERRORS)},
        "responses": documented(success, errors=errors, dialect=OAUTH_ERRORS),
    }


def _word(error: Exception, status: int) -> str:
    if isinstance(error, GRANT_ERRORS):
        return "invalid_grant"
    match error:
        case domain.InvalidProof():
            return proof_error(error)
        case domain.InvalidClient():
            return "invalid_client"
        case domain.NotAllowed():
            return "unauthorized_client"
        case domain.OutsideGrant(part="scope") | domain.OutsideTerms(part="scope"):
            return "invalid_scope"
        case domain.OutsideGrant() | domain.OutsideTerms():
            return "invalid_target"  # RFC 8707 section 2
        case UnsupportedGrantType():
            return "unsupported_grant_type"
    if status == 503:
        return "temporarily_unavailable"
    return "server_error" if status >= 500 else "invalid_request"


def _description(error: Exception, shown: ErrorAnswer) -> str:
    """The sentence, with the cause or the parameter where there is one."""
    match error:
        case domain.InvalidRefreshToken() if shown.word != "invalidRefreshToken":
            return f"{shown.message} Cause: {shown.word}."
        case domain.Unavailable(reason="issuerKeysUnavailable"):
            return "The keys of the issuer cannot be fetched now. Try again."
        case domain.InvalidProof(flaw=proof_flaw):
            return f"{shown.message} Cause: {proof_flaw.value}."
        case domain.InvalidAssertion(flaw=flaw) if error.is_authentic:
            return f"{shown.message} Cause: {flaw.value}."
        case InvalidRequest(field=field, fault=fault) if field:
            return f"{shown.message} {field}: {fault.value}."
        case UnsupportedMediaType():
            return "The body must be application/x-www-form-urlencoded in UTF-8, not compressed."
    return shown.message
