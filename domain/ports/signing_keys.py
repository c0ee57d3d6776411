"""The store of signing keys, shared by all instances."""

from datetime import datetime
from typing import Protocol

from domain.signing_keys import SigningKey


class SigningKeys(Protocol):
    """One row for each key; the private keys are encrypted. Raises from all: Unavailable."""

    async def all(self) -> list[SigningKey]:
        """Every stored key, oldest first."""
        ...

    async def add(self, key: SigningKey) -> bool:
        """Store a key. True for exactly one of the callers that claim a sequence number."""
        ...

    async def replace(self, key: SigningKey, reencrypted: SigningKey) -> bool:
        """Store `reencrypted` in place of `key`, if `key` is still stored as read; True if so."""
        ...

    async def remove(self, key_id: str, *, revoked_at: datetime | None = None) -> bool:
        """Forget a key at once. True for exactly one caller.

        Args:
            revoked_at: store a revocation of all JWTs that the key signed; None where they have
                expired.
        """
        ...
