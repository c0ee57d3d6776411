"""Owns how private keys are encrypted at rest (checklist K5)."""

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

from domain.signing_keys import SigningKey
from infrastructure.security.server_secrets import ServerSecrets

_NONCE_BYTES = 12


class SealBroken(Exception):
    """A sealed key that no server secret in the list opens."""


class Sealer:
    """AES-256-GCM under a key of the newest server secret, bound to the `kid` it was made for.

    Sealed: server secret's id (1 byte), nonce (12), ciphertext of the PKCS #8 key with its tag.
    """

    def __init__(self, secrets: ServerSecrets) -> None:
        self._secrets = secrets

    def seal(self, private_key: PrivateKeyTypes, key_id: str) -> bytes:
        """Encrypt a private key for the database."""
        keys, nonce = self._secrets.newest, os.urandom(_NONCE_BYTES)
        plain = private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        ciphertext = AESGCM(keys.sealing).encrypt(nonce, plain, key_id.encode())
        return keys.id.to_bytes(1, "big") + nonce + ciphertext

    def open(self, sealed: bytes, key_id: str) -> PrivateKeyTypes:
        """The private key again.

        Raises:
            SealBroken: its server secret left the list, or the bytes were tampered with.
        """
        keys = self._secrets.with_id(sealed[0])
        if keys is None:
            raise SealBroken(f"No server secret in the list opens the signing key {key_id}.")
        nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            plain = AESGCM(keys.sealing).decrypt(nonce, ciphertext, key_id.encode())
        except InvalidTag:
            raise SealBroken(f"The sealed signing key {key_id} was changed.") from None
        return load_der_private_key(plain, password=None)

    def renewed(self, key: SigningKey) -> SigningKey | None:
        """The key sealed under the newest server secret (see the port SigningKeySeals).

        A key of a secret that is not in the list may be of a newer one, which other instances have
        been given already.
        """
        if self.is_current(key.sealed) or self._secrets.with_id(key.sealed[0]) is None:
            return None
        return replace(key, sealed=self.seal(self.open(key.sealed, key.id), key.id))

    def is_current(self, sealed: bytes) -> bool:
        """Whether it is sealed under the newest server secret, so that older ones may go."""
        return sealed[0] == self._secrets.newest.id
