"""Owns when a proof of possession is accepted (RFC 9449 section 4.3)."""

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from domain.causes import ProofFlaw

LEEWAY = timedelta(seconds=5)
"""How far ahead the clock of a client can be."""
DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class PresentedProof:
    """What a request presents, and the request itself.

    Attributes:
        text: the header `DPoP`.
        path: of the operation, below the public address of the service.
    """

    text: str = field(repr=False)
    method: str
    path: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What a proof says. Its signature is verified, and nothing else is.

    Attributes:
        key: the thumbprint (RFC 7638) of the key that signed it.
        id: `jti`.
        ath: the digest of the JWT that the proof goes with; None for none.
    """

    key: str
    method: str
    address: str
    id: str
    issued_at: datetime
    nonce: str | None = None
    ath: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofPolicy:
    """The operator's choices.

    Attributes:
        address: the public address of the service, which `htu` begins with.
        max_age: how long a proof counts.
        is_required: whether every new session is bound to a key.
        needs_nonce: whether every proof has a nonce of the server.
    """

    address: str
    max_age: timedelta
    is_required: bool = False
    needs_nonce: bool = False

    def flaw(
        self,
        proof: Proof,
        presented: PresentedProof,
        now: datetime,
        *,
        key: str | None,
        token: str | None,
        nonce_made_at: datetime | None,
    ) -> ProofFlaw | None:
        """Why the proof is not accepted; None if it is.

        Args:
            key: the thumbprint that the session is bound to; None for every key.
            token: the JWT that is presented with the proof; None for none.
            nonce_made_at: when the server made the nonce of the proof; None for no nonce of its.
        """
        if proof.method != presented.method:
            return ProofFlaw.WRONG_METHOD
        if not is_same_address(proof.address, self.address.rstrip("/") + presented.path):
            return ProofFlaw.WRONG_ADDRESS
        if key is not None and proof.key != key:
            return ProofFlaw.WRONG_KEY
        if token is not None and proof.ath != ath_of(token):
            return ProofFlaw.WRONG_TOKEN
        if self.needs_nonce and nonce_made_at is None:
            return ProofFlaw.NONCE_NEEDED
        # The nonce is the better clock, because it is the server's (section 11.1).
        made_at = proof.issued_at if nonce_made_at is None else nonce_made_at
        if made_at > now + LEEWAY:
            return ProofFlaw.NOT_YET_VALID
        if now >= self.over_at(made_at):
            return ProofFlaw.EXPIRED if nonce_made_at is None else ProofFlaw.NONCE_NEEDED
        return None

    def over_at(self, made_at: datetime) -> datetime:
        """When a proof of that time counts no more."""
        return made_at + self.max_age + LEEWAY


def ath_of(token: str) -> str:
    """The `ath` of a JWT (section 4.2)."""
    digest = hashlib.sha256(token.encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def is_same_address(one: str, other: str) -> bool:
    """Whether two `htu` name one resource; query and fragment do not count.

    Scheme and host are compared without regard to case, and a default port is none (RFC 3986
    sections 6.2.2 and 6.2.3).
    """
    try:
        return _normal(one) == _normal(other)
    except ValueError:
        return False


def _normal(address: str) -> tuple[str, str, int | None, str]:
    parts = urlsplit(address)
    if "@" in parts.netloc or not parts.hostname:
        raise ValueError("no address of a service")
    port = parts.port or DEFAULT_PORTS.get(parts.scheme)
    return parts.scheme, parts.hostname, port, parts.path or "/"
