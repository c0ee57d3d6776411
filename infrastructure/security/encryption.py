"""Owns how private signing keys are encrypted at rest."""

import os
from dataclasses import replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from domain.errors import Misconfigured
from domain.signing_keys import SigningKey
from infrastructure.security.server_secrets import ServerSecrets

_NONCE_BYTES = 12


class DecryptionFailed(Misconfigured):
    """No server secret in the list decrypts a signing key, or its stored bytes were changed."""

    def __init__(self, explanation: str) -> None:
        super().__init__("signingKeyUnreadable", explanation=explanation)


def _changed(key_id: str) -> DecryptionFailed:
    return DecryptionFailed(
        f"The stored signing key {key_id} was changed. Restore it from a backup, or delete its row "
        "from the table signing_keys."
    )


class KeyEncryption:
    """AES-256-GCM under a key derived from the newest server secret, bound to the key's `kid`.

    Encrypted form: server secret's id (1 byte), nonce (12), ciphertext of the PKCS #8 key, tag.
    """

    def __init__(self, secrets: ServerSecrets) -> None:
        self._secrets = secrets

    def encrypt(self, private_key: PrivateKeyTypes, key_id: str) -> bytes:
        """Encrypt a private key for the database."""
        keys, nonce = self._secrets.newest, os.urandom(_NONCE_BYTES)
        plain = private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        ciphertext = AESGCM(keys.encryption_key).encrypt(nonce, plain, key_id.encode())
        return keys.id.to_bytes(1, "big") + nonce + ciphertext

    def decrypt(self, encrypted: bytes, key_id: str) -> PrivateKeyTypes:
        """Decrypt the private key of the signing key `key_id`.

        Raises:
            DecryptionFailed: the server secret left the list, or the bytes were changed.
        """
        if len(encrypted) <= 1 + _NONCE_BYTES:
            raise _changed(key_id)
        keys = self._secrets.with_id(encrypted[0])
        if keys is None:
            raise DecryptionFailed(
                "The signing keys in this database are encrypted under another server secret. Put "
                f"that secret into the list, before newer ones. (Signing key {key_id})"
            )
        nonce, ciphertext = encrypted[1 : 1 + _NONCE_BYTES], encrypted[1 + _NONCE_BYTES :]
        try:
            plain = AESGCM(keys.encryption_key).decrypt(nonce, ciphertext, key_id.encode())
        except InvalidTag:
            raise _changed(key_id) from None
        return load_der_private_key(plain, password=None)

    def reencrypted(self, key: SigningKey) -> SigningKey | None:
        """The key re-encrypted under the newest server secret (port SigningKeyEncryption).

        A key whose server secret is not in the list is left alone: that secret can be a newer one,
        which only other instances have so far.
        """
        encrypted = key.encrypted_private_key
        if not encrypted:
            raise _changed(key.id)
        if self.is_current(encrypted) or self._secrets.with_id(encrypted[0]) is None:
            return None
        reencrypted = self.encrypt(self.decrypt(encrypted, key.id), key.id)
        return replace(key, encrypted_private_key=reencrypted)

    def is_current(self, encrypted: bytes) -> bool:
        """Whether the newest server secret encrypted it; if all are, older secrets can go."""
        return encrypted[0] == self._secrets.newest.id
