"""How new signing keys are made."""

from datetime import datetime
from typing import Protocol

from domain.signing_keys import SigningKey


class SigningKeyMaker(Protocol):
    """Makes new private keys, encrypted from the start."""

    def __call__(self, sequence: int, created_at: datetime, signs_from: datetime) -> SigningKey:
        """A new key of the configured algorithm, its private key encrypted."""
        ...
