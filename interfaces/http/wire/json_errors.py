"""Owns the JSON dialect of errors: the body of every answer that is not a success."""

import math
from collections.abc import Sequence
from datetime import timedelta

from litestar.exceptions import MethodNotAllowedException
from msgspec import Struct

from domain import errors as domain
from domain.assertions import ALGORITHMS
from domain.causes import ClaimsFault, ProofFlaw
from interfaces.causes import CAUSES
from interfaces.http.wire.allowed_methods import with_head
from interfaces.http.wire.error_table import Entry, entry_of
from interfaces.http.wire.errors import ErrorAnswer
from interfaces.http.wire.request_errors import Fault, InvalidRequest, NotReady, UnsupportedHeader

BEARER = 'Bearer realm="remint"'
BASIC = 'Basic realm="remint", charset="UTF-8"'
FAULTS = {
    Fault.MISSING: "A value is required.",
    Fault.WRONG_TYPE: "The value has the wrong type.",
    Fault.TOO_SHORT: "The value is too short.",
    Fault.TOO_LONG: "The value is too long.",
    Fault.OUT_OF_RANGE: "The value is out of range.",
    Fault.UNKNOWN_VALUE: "The value is none of those that are documented.",
    Fault.MALFORMED: "The value does not have the documented form.",
    Fault.UNKNOWN_FIELD: "There is no such field.",
    Fault.OUTSIDE_TERMS: "The client's terms do not allow the value.",
    Fault.REPEATED: "The parameter is there twice.",
}


PROOF_FLAWS = {
    ProofFlaw.MISSING: "The request needs a proof of possession.",
    ProofFlaw.MALFORMED: "The proof is no signed JWT of the type dpop+jwt with a public key.",
    ProofFlaw.WRONG_SIGNATURE: "The key in the proof did not sign it.",
    ProofFlaw.WRONG_METHOD: "The claim htm is not the method of the request.",
    ProofFlaw.WRONG_ADDRESS: "The claim htu is not the public address of the operation.",
    ProofFlaw.WRONG_KEY: "The session is bound to another key.",
    ProofFlaw.WRONG_TOKEN: "The claim ath is not the digest of the JWT.",
    ProofFlaw.EXPIRED: "The proof is too old.",
    ProofFlaw.NOT_YET_VALID: "The proof is of the future.",
    ProofFlaw.NONCE_NEEDED: "The proof needs the nonce that the header DPoP-Nonce has.",
    ProofFlaw.REPLAYED: "The proof was used already.",
}
CLAIMS_FAULTS = {
    ClaimsFault.NOT_AN_OBJECT: "Custom claims are a JSON object.",
    ClaimsFault.TOO_LONG: "The claims are too long.",
    ClaimsFault.REGISTERED_NAME: "Remint or a standard uses the name of a claim.",
}


class ErrorDetail(Struct, frozen=True):
    """One more fact about an error."""

    code: str
    message: str
    target: str


class Error(Struct, frozen=True):
    """A stable word for programs, a sentence for people, and the field or the path at fault."""

    code: str
    message: str
    target: str
    details: Sequence[ErrorDetail] = ()


class ErrorBody(Struct, frozen=True):
    """The body of every answer that is not a success."""

    error: Error


class JsonErrors:
    """The dialect of every operation under `/api` and of the public documents."""

    media_type = "application/json"
    body_type: type[Struct] = ErrorBody

    def __call__(self, error: Exception, path: str = "") -> ErrorAnswer:
        shown = entry_of(error)
        message = str(error) if shown.message is None else shown.message
        details = _details(error)
        return ErrorAnswer(
            status=shown.status,
            word=details[0].code if details else shown.code,
            message=message,
            body=ErrorBody(Error(shown.code, message, _target(error, shown) or path, details)),
            headers=_headers(error, shown.status),
        )


JSON_ERRORS = JsonErrors()


def _target(error: Exception, shown: Entry) -> str:
    match error:
        case InvalidRequest(field=field) if field:
            return field
        case UnsupportedHeader(name=name):
            return name
        case domain.OutsideTerms(part=part):
            return part
    return shown.target


def _details(error: Exception) -> list[ErrorDetail]:
    match error:
        case domain.InvalidRefreshToken(cause=cause) if cause in CAUSES:
            return [ErrorDetail(cause.value, CAUSES[cause], "refreshToken")]
        case InvalidRequest(field=field, fault=fault):
            return [ErrorDetail(fault.value, FAULTS[fault], field or "body")]
        case domain.InvalidClaims(fault=claims_fault):
            return [ErrorDetail(claims_fault.value, CLAIMS_FAULTS[claims_fault], "claims")]
        case domain.OutsideTerms(part=part):
            return [ErrorDetail(Fault.OUTSIDE_TERMS, FAULTS[Fault.OUTSIDE_TERMS], part)]
        case domain.InvalidProof(flaw=proof_flaw):
            return [ErrorDetail(proof_flaw.value, PROOF_FLAWS[proof_flaw], "DPoP")]
        case domain.InvalidPasswordHash():
            return [ErrorDetail(Fault.MALFORMED, FAULTS[Fault.MALFORMED], "passwordHash")]
        case domain.ClientNotFound():
            return [ErrorDetail(Fault.UNKNOWN_VALUE, FAULTS[Fault.UNKNOWN_VALUE], "client")]
        case domain.NotAllowed(missing=missing):
            return [ErrorDetail(missing, f"It takes the permission {missing}.", "Authorization")]
        case NotReady(problems=problems):
            return [ErrorDetail(word, f"Not ready: {word}.", "") for word in problems]
        case _:
            return []


def _headers(error: Exception, status: int) -> dict[str, str]:
    """The headers that HTTP asks for with a status."""
    headers: dict[str, str] = {}
    if status == 401:
        headers["WWW-Authenticate"] = _challenge(error)
    if isinstance(error, domain.InvalidProof) and error.nonce is not None:
        headers["DPoP-Nonce"] = error.nonce
    if isinstance(error, MethodNotAllowedException):
        headers["Allow"] = with_head((error.headers or {}).get("allow", ""))
    if (pause := _retry_after(error)) is not None:
        headers["Retry-After"] = str(max(1, math.ceil(pause.total_seconds())))
    return headers


def _challenge(error: Exception) -> str:
    """The scheme that the operation asks for (RFC 7617 section 2, RFC 6750 section 3).

    There is no error code where no JWT was at fault.
    """
    if isinstance(error, domain.InvalidClient):
        return BASIC
    if isinstance(error, domain.InvalidProof):
        return f'DPoP error="{proof_error(error)}", algs="{" ".join(ALGORITHMS)}"'
    if isinstance(error, domain.InvalidAccessToken):
        return f'{BEARER}, error="invalid_token"'
    return BEARER


def proof_error(error: domain.InvalidProof) -> str:
    """The word of RFC 9449 sections 5 and 8."""
    return "invalid_dpop_proof" if error.nonce is None else "use_dpop_nonce"


def _retry_after(error: Exception) -> timedelta | None:
    match error:
        case domain.Unavailable() | domain.TooManyLogins() | NotReady():
            return error.retry_after
        case _:
            return None
