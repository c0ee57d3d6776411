"""Under which server secret private keys are encrypted at rest."""

from typing import Protocol

from domain.signing_keys import SigningKey


class SigningKeyEncryption(Protocol):
    """Encrypts private keys again when a newer server secret takes over."""

    def reencrypted(self, key: SigningKey) -> SigningKey | None:
        """The key under the newest server secret.

        None if it is encrypted under that one already, or if no server secret of this instance
        decrypts it.
        """
        ...
