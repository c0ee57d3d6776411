"""Owns the signing keys in the form that signing and verifying need; each is loaded once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from domain.errors import Unavailable
from domain.ports.environment import Clock
from domain.ports.signing_keys import SigningKeys
from domain.signing_keys import SigningKey, signing_at
from infrastructure.security import base64url
from infrastructure.security.algorithms import SignatureAlgorithm, public_pem
from infrastructure.security.encryption import DecryptionFailed, KeyEncryption


@dataclass(frozen=True, slots=True)
class LoadedKey:
    """A signing key ready for use.

    `header` is the encoded JWT header of every token that this key signs. A token's header is
    compared with it as a whole, so neither `alg` nor `kid` nor `typ` of a token is interpreted.
    """

    algorithm: SignatureAlgorithm
    private_key: Any = field(repr=False)
    public_key: Any
    jwk: Mapping[str, str]
    pem: str
    header: bytes


class KeyRing:
    """The shared signing keys as this instance loaded them last.

    Signing never waits for the database. Because keys are published long before they sign, periodic
    reloads are enough for every instance to know a key before that key's first token arrives.
    """

    def __init__(self, keys: SigningKeys, key_encryption: KeyEncryption, clock: Clock) -> None:
        self._keys = keys
        self._key_encryption = key_encryption
        self._clock = clock
        self._stored: list[SigningKey] = []
        self._loaded: dict[str, LoadedKey] = {}
        self._by_header: dict[bytes, LoadedKey] = {}
        self._problem: str | None = "noSigningKey"

    async def reload(self) -> None:
        """Load the keys that the database has now.

        Raises:
            Unavailable: the database cannot answer; the keys loaded before stay in use.
            DecryptionFailed: this instance lacks the server secret that encrypted a key.
        """
        stored = await self._keys.all()
        try:
            loaded = {key.id: self._loaded.get(key.id) or self._load(key) for key in stored}
        except DecryptionFailed:
            self._problem = "signingKeyUnreadable"
            raise
        self._stored, self._loaded = stored, loaded
        self._by_header = {key.header: key for key in loaded.values()}
        self._problem = None if stored else "noSigningKey"

    def signing(self) -> LoadedKey:
        """The key that signs now.

        Raises:
            Unavailable: there is no signing key yet.
        """
        key = signing_at(self._stored, self._clock())
        if key is None:
            raise Unavailable("noSigningKey")
        return self._loaded[key.id]

    def with_header(self, header: bytes) -> LoadedKey | None:
        """The key whose tokens have exactly this encoded JWT header; needs no database."""
        return self._by_header.get(header)

    def published(self) -> list[Mapping[str, str]]:
        """One public JWK for each key, oldest first (port KeySet)."""
        return [key.jwk for key in self._loaded.values()]

    def published_pem(self) -> str:
        """One public key for each key, oldest first (port KeySet)."""
        return "".join(f"{key_id}\n{key.pem}" for key_id, key in self._loaded.items())

    async def problem(self) -> str | None:
        """Whether this instance can sign (see the port ReadinessCheck)."""
        return self._problem

    def _load(self, key: SigningKey) -> LoadedKey:
        algorithm = SignatureAlgorithm.named(key.algorithm)
        private_key: Any = self._key_encryption.decrypt(key.encrypted_private_key, key.id)
        public_key = private_key.public_key()
        header = {"alg": key.algorithm, "kid": key.id, "typ": "at+jwt"}
        return LoadedKey(
            algorithm,
            private_key,
            public_key,
            algorithm.public_jwk(public_key),
            public_pem(public_key),
            base64url.encode(msgspec.json.encode(header)),
        )
