"""Server secrets and encrypted signing keys, and the change of a server secret."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from infrastructure.security.encryption import DecryptionFailed, KeyEncryption
from infrastructure.security.key_ring import KeyRing
from infrastructure.security.server_secrets import ServerSecrets
from infrastructure.security.signing_key_maker import EncryptedSigningKeyMaker
from tests.adapters.security.conftest import NOW, SECRET, StoredKeys

pytestmark = pytest.mark.proves("S1")

NEWER = b"a newer server secret that is long enough too"


def test_every_purpose_gets_another_key_and_none_is_the_secret() -> None:
    keys = ServerSecrets([SECRET]).newest
    assert len({keys.token_mac, keys.encryption_key, SECRET}) == 3
    assert str(keys.token_mac) not in repr(keys)


def test_no_secret_is_no_server() -> None:
    with pytest.raises(ValueError, match=r"^There is no server secret\.$"):
        ServerSecrets([])


def test_the_same_secret_twice_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^Two server secrets share their id\. .*`remint secret`\.$"
    ):
        ServerSecrets([SECRET, SECRET])


@pytest.mark.proves("K5")
def test_the_private_key_is_not_in_what_is_stored(key_encryption: KeyEncryption) -> None:
    key = EncryptedSigningKeyMaker("ES256", key_encryption)(1, NOW, NOW)
    opened = key_encryption.decrypt(key.encrypted_private_key, key.id)
    plain = opened.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    assert plain[40:60] not in key.encrypted_private_key
    assert repr(key.encrypted_private_key) not in repr(key)


@pytest.mark.proves("K5")
def test_a_key_is_decrypted_only_under_its_own_name_and_secret(
    key_encryption: KeyEncryption,
) -> None:
    key = EncryptedSigningKeyMaker("EdDSA", key_encryption)(1, NOW, NOW)
    encrypted = key.encrypted_private_key
    damaged = [encrypted[:-1] + bytes([encrypted[-1] ^ 1]), encrypted[:5], b""]
    for stored, name in [(encrypted, "another"), *((each, key.id) for each in damaged)]:
        with pytest.raises(DecryptionFailed) as failed:
            key_encryption.decrypt(stored, name)
        assert f"The stored signing key {name} was changed." in failed.value.explanation
    with pytest.raises(DecryptionFailed) as failed:
        KeyEncryption(ServerSecrets([NEWER])).decrypt(encrypted, key.id)
    assert "encrypted under another server secret" in failed.value.explanation


def test_an_older_secret_in_the_list_still_opens_its_keys(key_encryption: KeyEncryption) -> None:
    key = EncryptedSigningKeyMaker("EdDSA", key_encryption)(1, NOW, NOW)
    both = KeyEncryption(ServerSecrets([SECRET, NEWER]))
    assert both.decrypt(key.encrypted_private_key, key.id)
    assert key_encryption.is_current(key.encrypted_private_key)
    assert not both.is_current(key.encrypted_private_key)


def test_a_key_of_an_older_secret_is_reencrypted_so_that_the_secret_can_go(
    key_encryption: KeyEncryption,
) -> None:
    key = EncryptedSigningKeyMaker("EdDSA", key_encryption)(1, NOW, NOW)
    renewed = KeyEncryption(ServerSecrets([SECRET, NEWER])).reencrypted(key)
    assert renewed is not None
    newest = KeyEncryption(ServerSecrets([NEWER]))
    assert newest.decrypt(renewed.encrypted_private_key, key.id)
    assert newest.reencrypted(renewed) is None


def test_a_key_of_a_secret_that_only_others_have_yet_is_left_alone(
    key_encryption: KeyEncryption,
) -> None:
    key = EncryptedSigningKeyMaker("EdDSA", KeyEncryption(ServerSecrets([NEWER])))(1, NOW, NOW)
    assert key_encryption.reencrypted(key) is None


@pytest.mark.anyio
async def test_a_key_that_this_server_cannot_open_is_a_problem_and_no_silence(
    key_encryption: KeyEncryption,
) -> None:
    key = EncryptedSigningKeyMaker("EdDSA", key_encryption)(1, NOW, NOW)
    ring = KeyRing(StoredKeys(key), KeyEncryption(ServerSecrets([NEWER])), lambda: NOW)
    with pytest.raises(DecryptionFailed):
        await ring.reload()
    assert await ring.problem() == "signingKeyUnreadable"


@pytest.mark.anyio
async def test_the_ring_signs_with_the_youngest_due_key_and_publishes_all(
    key_encryption: KeyEncryption,
) -> None:
    make = EncryptedSigningKeyMaker("EdDSA", key_encryption)
    first, second = make(1, NOW, NOW), make(2, NOW, NOW + timedelta(minutes=5))
    now = NOW
    ring = KeyRing(StoredKeys(first, second), key_encryption, lambda: now)
    assert await ring.problem() == "noSigningKey"
    await ring.reload()
    assert await ring.problem() is None
    assert ring.signing().jwk["kid"] == first.id
    now = NOW + timedelta(minutes=5)
    assert ring.signing().jwk["kid"] == second.id
    assert [jwk["kid"] for jwk in ring.published()] == [first.id, second.id]
