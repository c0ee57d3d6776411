"""How proofs of possession are read, and the nonces in them."""

from datetime import datetime
from typing import Protocol

from domain.proofs import Proof


class ProofVerifier(Protocol):
    """Reads the header DPoP (RFC 9449 section 4.2)."""

    def read(self, text: str) -> Proof:
        """What the proof says, after its signature was verified by the key in it.

        Raises:
            InvalidProof: MALFORMED or WRONG_SIGNATURE.
        """
        ...


class Nonces(Protocol):
    """Nonces that every instance accepts (section 8); nothing is stored."""

    def make(self, now: datetime) -> str:
        """A nonce of now."""
        ...

    def made_at(self, nonce: str) -> datetime | None:
        """When a nonce was made, to the second; None for a text that no instance made."""
        ...
