"""Owns what a refresh token says: which session, which generation, and the proving secret."""

import hashlib
from dataclasses import dataclass, field
from uuid import UUID

SECRET_BYTES = 32
"""256 bits from the operating system's CSPRNG, drawn once for each session."""

LAST_GENERATION = 2**32 - 1
"""A refresh token has four bytes for its generation. One rotation a second gets there in 136 years;
a token that was written under a stolen server secret gets there at once."""


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A refresh token that was found authentic, or that Remint is about to hand out."""

    session_id: UUID
    generation: int
    secret: bytes = field(repr=False)

    @property
    def secret_digest(self) -> bytes:
        """SHA-256 of the secret: the database stores nothing else of it."""
        return hashlib.sha256(self.secret).digest()

    def at(self, generation: int) -> "RefreshToken":
        """The same session's token of another generation; racing requests compute the same one."""
        return RefreshToken(self.session_id, generation, self.secret)
