"""Owns how a JWT is presented: in the Authorization header, and nowhere else (RFC 6750)."""

from dataclasses import dataclass
from typing import Any

from litestar import Request
from litestar.openapi.spec import SecurityScheme

from domain.causes import ProofFlaw
from domain.errors import InvalidAccessToken, InvalidProof
from domain.proofs import PresentedProof
from interfaces.http.wire.proof import presented_proof
from interfaces.http.wire.request_headers import PROOF, require

BEARER = "Bearer"
DPOP = "DPoP"
SCHEME = "bearer"
SECURITY = ({SCHEME: list[str]()},)
"""What an operation that asks for a JWT says in the OpenAPI document."""
SECURITY_SCHEMES = {
    SCHEME: SecurityScheme(
        type="http",
        scheme="bearer",
        bearer_format="JWT",
        description="A JWT of this service; refused as soon as its session is over.",
    )
}


def token_type(proof_key: str | None) -> str:
    """How a JWT is presented that is bound to that key; None for no key."""
    return BEARER if proof_key is None else DPOP


@dataclass(frozen=True, slots=True)
class PresentedJwt:
    """A JWT, and the proof of its key where it is presented with the scheme DPoP."""

    text: str
    proof: PresentedProof | None


def presented_jwt(request: Request[Any, Any, Any]) -> PresentedJwt:
    """The JWT as it was presented (RFC 6750 section 2.1, RFC 9449 section 7.1).

    Raises:
        UnsupportedHeader: a proof of possession next to a JWT that counts without.
        InvalidProof: the scheme DPoP without a proof, or with two.
        InvalidAccessToken: no header, more than one, or another scheme.
    """
    headers = request.scope["headers"]
    presented = request.headers.getall("authorization", [])
    scheme, _, token = presented[0].partition(" ") if len(presented) == 1 else ("", "", "")
    token = token.lstrip(" ")  # RFC 9110 section 11.4: one or more spaces
    if scheme.lower() == "dpop" and token:
        proof = presented_proof(headers, request.scope["method"], request.scope["path"])
        if proof is None:
            raise InvalidProof(ProofFlaw.MISSING)
        return PresentedJwt(token, proof)
    require(headers, PROOF)
    if scheme.lower() != "bearer" or not token:
        raise InvalidAccessToken
    return PresentedJwt(token, None)
