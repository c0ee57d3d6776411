"""What a released version has written is read by every later one.

`golden/` has a file for each released form. A file is never changed: where it does not fit any
more, an upgrade would log everybody out. A new form gets a file of its own.
"""

import base64
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from domain.refresh_tokens import RefreshToken
from infrastructure.security.algorithms import SignatureAlgorithm
from infrastructure.security.encryption import KeyEncryption
from infrastructure.security.passwords import Argon2Passwords, HashingCost
from infrastructure.security.refresh_token_codec import MacRefreshTokenCodec
from infrastructure.security.server_secrets import ServerSecrets

FILES = sorted((Path(__file__).parent / "golden").glob("*.json"))
STRONGER = HashingCost(memory=128, iterations=1, parallelism=1, concurrency=1, waiting=1)


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def golden(request: pytest.FixtureRequest) -> Any:
    return json.loads(request.param.read_text(encoding="utf-8"))


@pytest.fixture
def secrets(golden: Any) -> ServerSecrets:
    return ServerSecrets([golden["serverSecret"].encode()])


def test_there_is_a_golden_file() -> None:
    assert FILES


@pytest.mark.proves("T2", "T3")
def test_a_refresh_token_that_was_handed_out_is_read(golden: Any, secrets: ServerSecrets) -> None:
    codec = MacRefreshTokenCodec(secrets)
    for written in golden["refreshTokens"]:
        token = RefreshToken(
            UUID(written["sessionId"]), written["generation"], bytes.fromhex(written["secret"])
        )
        assert codec.read(written["text"]) == token
        assert token.secret_digest.hex() == written["secretDigest"]


def test_racing_instances_of_two_versions_write_the_same_token(
    golden: Any, secrets: ServerSecrets
) -> None:
    """A successor is computed, so both versions of a rolling upgrade must compute the same."""
    codec = MacRefreshTokenCodec(secrets)
    for written in golden["refreshTokens"]:
        assert codec.write(codec.read(written["text"])) == written["text"]


@pytest.mark.proves("K1", "K5")
def test_a_stored_signing_key_is_decrypted_and_keeps_its_name(
    golden: Any, secrets: ServerSecrets
) -> None:
    for stored in golden["signingKeys"]:
        private_key: Any = KeyEncryption(secrets).decrypt(
            base64.b64decode(stored["encrypted"]), stored["keyId"]
        )
        algorithm = SignatureAlgorithm.named(stored["algorithm"])
        assert algorithm.public_jwk(private_key.public_key()) == stored["publicJwk"]
        assert stored["publicJwk"]["kid"] == stored["keyId"]


@pytest.mark.anyio
@pytest.mark.proves("G3")
async def test_a_stored_password_hash_goes_on_matching(golden: Any) -> None:
    passwords = Argon2Passwords(STRONGER)
    for stored in golden["passwordHashes"]:
        assert (await passwords.verify(stored["password"], stored["hash"])).matches
