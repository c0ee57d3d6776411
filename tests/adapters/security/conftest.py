"""A key ring with real keys over the in-memory store."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from domain.signing_keys import SigningKey
from infrastructure.security.access_token_jwt import JwtSigner
from infrastructure.security.encryption import Sealer
from infrastructure.security.key_ring import KeyRing
from infrastructure.security.server_secrets import ServerSecrets
from infrastructure.security.signing_key_maker import SealedSigningKeyMaker

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

    async def reseal(self, key: SigningKey, resealed: SigningKey) -> bool:
        self.keys[self.keys.index(key)] = resealed
        return True

    async def remove(self, key_id: str) -> bool:
        self.keys = [key for key in self.keys if key.id != key_id]
        return True


@pytest.fixture
def sealer() -> Sealer:
    return Sealer(ServerSecrets([SECRET]))


MakeSigner = Callable[..., Awaitable[JwtSigner]]


@pytest.fixture
def make_signer(sealer: Sealer) -> MakeSigner:
    async def make(algorithm: str = "ES256") -> JwtSigner:
        key = SealedSigningKeyMaker(algorithm, sealer)(1, NOW, NOW)
        ring = KeyRing(StoredKeys(key), sealer, lambda: NOW)
        await ring.reload()
        return JwtSigner(
            ring, lambda: NOW, issuer="https://id.example", audience="api", client_id="app"
        )

    return make
