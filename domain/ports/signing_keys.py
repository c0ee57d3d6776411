"""Where signing keys live, and who makes them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from domain.signing_keys import SigningKey


class SigningKeys(Protocol):
    """The shared store of signing keys. Raises from all: Unavailable."""

    async def all(self) -> list[SigningKey]:
        """Every stored key, oldest first."""
        ...

    async def add(self, key: SigningKey) -> bool:
        """Store a key. True for exactly one of those who claim the same sequence number."""
        ...

    async def replace(self, key: SigningKey, reencrypted: SigningKey) -> bool:
        """Store `reencrypted` in place of `key` if that is still as it was seen; True if it was."""
        ...

    async def remove(self, key_id: str) -> bool:
        """Forget a key at once (checklist K4). True for exactly one caller."""
        ...


class SigningKeyMaker(Protocol):
    """Makes new private keys, encrypted from the start."""

    def __call__(self, sequence: int, created_at: datetime, signs_from: datetime) -> SigningKey:
        """A new key of the configured algorithm, its private half encrypted at rest (K5)."""
        ...


class SigningKeyEncryption(Protocol):
    """Knows which server secret a private half is encrypted under."""

    def reencrypted(self, key: SigningKey) -> SigningKey | None:
        """The key under the newest server secret; None if it is, or cannot be opened here."""
        ...


class KeySet(Protocol):
    """The public halves of all published signing keys (RFC 7517)."""

    def published(self) -> list[Mapping[str, str]]:
        """One JWK a key, public members only, with `kid`, `use` and `alg` (checklist K1)."""
        ...
