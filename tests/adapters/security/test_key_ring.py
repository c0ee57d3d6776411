"""What an instance knows of the shared signing keys, also during an outage."""

import re
from datetime import timedelta
from itertools import chain

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt import PyJWK

from domain.errors import Unavailable
from domain.signing_keys import SigningKey
from infrastructure.security.encryption import DecryptionFailed, KeyEncryption
from infrastructure.security.key_ring import KeyRing
from infrastructure.security.server_secrets import ServerSecrets
from infrastructure.security.signing_key_maker import EncryptedSigningKeyMaker
from tests.adapters.security.conftest import NOW, StoredKeys

pytestmark = pytest.mark.anyio

A_MINUTE = timedelta(minutes=1)


class StoreOutOfReach(StoredKeys):
    """A store that the database does not answer for, once it is `down`."""

    down = False

    async def all(self) -> list[SigningKey]:
        if self.down:
            raise Unavailable("databaseUnavailable")
        return await super().all()


@pytest.fixture
def make(key_encryption: KeyEncryption) -> EncryptedSigningKeyMaker:
    return EncryptedSigningKeyMaker("EdDSA", key_encryption)


async def test_without_keys_nothing_is_signed_and_the_instance_is_not_ready(
    key_encryption: KeyEncryption,
) -> None:
    ring = KeyRing(StoredKeys(), key_encryption, lambda: NOW)
    await ring.reload()
    with pytest.raises(Unavailable) as refused:
        ring.signing()
    assert refused.value.reason == "noSigningKey"
    assert await ring.problem() == "noSigningKey"
    assert ring.published() == []


async def test_before_the_first_reload_no_key_is_known(key_encryption: KeyEncryption) -> None:
    ring = KeyRing(StoredKeys(), key_encryption, lambda: NOW)
    with pytest.raises(Unavailable, match="busy"):
        ring.signing()
    assert ring.with_header(b"header") is None
    assert ring.published() == []
    assert await ring.problem() == "noSigningKey"


async def test_a_new_key_has_the_place_and_the_times_that_it_was_made_for(
    make: EncryptedSigningKeyMaker,
) -> None:
    key = make(7, NOW, NOW + A_MINUTE)
    assert (key.sequence, key.created_at, key.signs_from) == (7, NOW, NOW + A_MINUTE)
    assert key.algorithm == "EdDSA"


async def test_an_outage_leaves_the_known_keys_in_use(
    make: EncryptedSigningKeyMaker, key_encryption: KeyEncryption
) -> None:
    store = StoreOutOfReach(key := make(1, NOW, NOW))
    ring = KeyRing(store, key_encryption, lambda: NOW)
    await ring.reload()
    store.down = True
    with pytest.raises(Unavailable):
        await ring.reload()
    assert ring.signing().jwk["kid"] == key.id
    assert [jwk["kid"] for jwk in ring.published()] == [key.id]
    assert await ring.problem() is None


async def test_a_key_that_cannot_be_decrypted_leaves_the_known_keys_in_use_and_is_a_problem(
    make: EncryptedSigningKeyMaker, key_encryption: KeyEncryption
) -> None:
    foreign = EncryptedSigningKeyMaker(
        "EdDSA", KeyEncryption(ServerSecrets([b"a server secret that only others have"]))
    )
    store = StoredKeys(known := make(1, NOW, NOW))
    ring = KeyRing(store, key_encryption, lambda: NOW)
    await ring.reload()
    await store.add(foreign(2, NOW, NOW))
    with pytest.raises(DecryptionFailed):
        await ring.reload()
    assert await ring.problem() == "signingKeyUnreadable"
    assert ring.signing().jwk["kid"] == known.id
    await store.remove(store.keys[1].id)
    await ring.reload()
    assert await ring.problem() is None


async def test_a_removed_key_is_forgotten_at_the_next_reload(
    make: EncryptedSigningKeyMaker, key_encryption: KeyEncryption
) -> None:
    store = StoredKeys(first := make(1, NOW, NOW), second := make(2, NOW, NOW + A_MINUTE))
    ring = KeyRing(store, key_encryption, lambda: NOW)
    await ring.reload()
    header = ring.signing().header
    known = ring.with_header(header)
    assert known is not None
    assert known.jwk["kid"] == first.id
    await store.remove(first.id)
    await ring.reload()
    assert ring.with_header(header) is None
    assert ring.signing().jwk["kid"] == second.id


async def test_a_known_key_is_decrypted_once(
    make: EncryptedSigningKeyMaker, key_encryption: KeyEncryption
) -> None:
    ring = KeyRing(StoredKeys(make(1, NOW, NOW)), key_encryption, lambda: NOW)
    await ring.reload()
    before = ring.signing()
    await ring.reload()
    assert ring.signing() is before


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256", "PS256"])
async def test_the_keys_in_pem_are_those_of_the_key_set(
    algorithm: str, key_encryption: KeyEncryption
) -> None:
    make = EncryptedSigningKeyMaker(algorithm, key_encryption)
    ring = KeyRing(StoredKeys(make(1, NOW, NOW), make(2, NOW, NOW)), key_encryption, lambda: NOW)
    await ring.reload()
    pem = ring.published_pem()
    in_pem = re.findall(r"(\S+)\n(-----BEGIN[^-]+-----\n[^-]+-----END[^-]+-----\n)", pem)
    assert "".join(chain.from_iterable(f"{kid}\n{key}" for kid, key in in_pem)) == pem
    for (kid, key), jwk in zip(in_pem, ring.published(), strict=True):
        assert kid == jwk["kid"]
        public = load_pem_public_key(key.encode())
        assert public == PyJWK(dict(jwk)).key
