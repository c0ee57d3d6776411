"""Owns proofs of possession as JWTs: how they are read and verified (RFC 9449 section 4.2)."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec
from jwt import PyJWK

from domain.causes import ProofFlaw
from domain.errors import InvalidProof
from domain.proofs import Proof
from infrastructure.security import base64url
from infrastructure.security.algorithms import required_members, thumbprint
from infrastructure.security.json_names import require_unique_names
from infrastructure.security.public_keys import UnusableKeys, one_key

LONGEST = 4 * 1024
"""Characters of the longest proof; an RSA key of 4096 bits and its signature take half of it."""
LONGEST_ID = 256
"""Characters of the longest `jti`."""
TYPE = "dpop+jwt"

_UNREADABLE = (
    *(UnusableKeys, msgspec.DecodeError, ValueError, RecursionError),
    *(OverflowError, OSError),  # a time that no calendar has
)
_IS_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+").fullmatch


class Header(msgspec.Struct, frozen=True):
    """The header parameters that have a meaning here; `crit` is refused."""

    typ: str
    alg: str
    jwk: dict[str, Any]
    crit: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class Claims(msgspec.Struct, frozen=True):
    """The claims that have a meaning here."""

    jti: str
    htm: str
    htu: str
    iat: float
    nonce: str | None = None
    ath: str | None = None


@dataclass(frozen=True, slots=True)
class LoadedProofKey:
    """The key in the header of a proof, ready for use."""

    key: PyJWK
    thumbprint: str


class JwtProofs:
    """The port ProofVerifier. PyJWT's algorithms verify the bytes.

    All proofs of one client have the same header, so a header is read once.
    """

    def __init__(self) -> None:
        self._claims = msgspec.json.Decoder(Claims).decode
        self._key = lru_cache(maxsize=4096)(_key)

    def read(self, text: str) -> Proof:
        """The verified claims."""
        if len(text) > LONGEST or _IS_COMPACT(text) is None:
            raise InvalidProof(ProofFlaw.MALFORMED)
        header, payload, signature = text.encode().split(b".")
        try:
            loaded, claims = self._key(header), self._decoded(base64url.decode(payload))
            issued_at = datetime.fromtimestamp(claims.iat, UTC)
            raw = base64url.decode(signature)
        except _UNREADABLE:
            raise InvalidProof(ProofFlaw.MALFORMED) from None
        if not 0 < len(claims.jti) <= LONGEST_ID:
            raise InvalidProof(ProofFlaw.MALFORMED)
        if not loaded.key.Algorithm.verify(header + b"." + payload, loaded.key.key, raw):
            raise InvalidProof(ProofFlaw.WRONG_SIGNATURE)
        return Proof(
            key=loaded.thumbprint,
            method=claims.htm,
            address=claims.htu,
            id=claims.jti,
            issued_at=issued_at,
            nonce=claims.nonce,
            ath=claims.ath,
        )

    def _decoded(self, payload: bytes) -> Claims:
        require_unique_names(payload)
        return self._claims(payload)


_header = msgspec.json.Decoder(Header).decode


def _key(encoded: bytes) -> LoadedProofKey:
    """The key in an encoded header.

    Raises:
        UnusableKeys, ValueError, msgspec.DecodeError: it is no header of a proof.
    """
    raw = base64url.decode(encoded)
    require_unique_names(raw)
    header = _header(raw)
    if header.typ.lower().removeprefix("application/") != TYPE or header.crit is not msgspec.UNSET:
        raise ValueError("not a proof")
    key = one_key(header.jwk, header.alg)
    return LoadedProofKey(key, thumbprint(required_members(header.jwk)))
