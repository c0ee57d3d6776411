"""A key ring with real keys over the in-memory store."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from domain.signing_keys import SigningKey
from infrastructure.security.access_token_jwt import JwtSigner
from infrastructure.security.encryption import KeyEncryption
from infrastructure.security.key_ring import KeyRing
from infrastructure.security.server_secrets import ServerSecrets
from infrastructure.security.signing_key_maker import EncryptedSigningKeyMaker

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SECRET = b"a server secret that is long enough for a test"


class StoredKeys:
    """The keys that a test put there."""

    def __init__(self, *keys: SigningKey) -> None:
        self.keys = list(keys)

    async def all(self) -> list[SigningKey]:
        return list(self.keys)

    async def add(self, key: SigningKey) -> bool:
        self.keys.append(key)
        return True

    async def replace(self, key: SigningKey, reencrypted: SigningKey) -> bool:
        self.keys[self.keys.index(key)] = reencrypted
        return True

    async def remove(self, key_id: str, *, revoked_at: datetime | None = None) -> bool:
        self.keys = [key for key in self.keys if key.id != key_id]
        return True


@pytest.fixture
def key_encryption() -> KeyEncryption:
    return KeyEncryption(ServerSecrets([SECRET]))


MakeSigner = Callable[..., Awaitable[JwtSigner]]


@pytest.fixture
def make_signer(key_encryption: KeyEncryption) -> MakeSigner:
    async def make(algorithm: str = "ES256") -> JwtSigner:
        key = EncryptedSigningKeyMaker(algorithm, key_encryption)(1, NOW, NOW)
        ring = KeyRing(StoredKeys(key), key_encryption, lambda: NOW)
        await ring.reload()
        return JwtSigner(
            ring, lambda: NOW, issuer="https://id.example", audience="api", client_id="app"
        )

    return make
