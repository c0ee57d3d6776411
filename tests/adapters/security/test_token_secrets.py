"""Refresh tokens hold 256 bits of the operating system's randomness each."""

import base64
import os

import pytest

from config.wiring.container import Container
from domain.sessions import Origin
from infrastructure.security.refresh_token_codec import MacRefreshTokenCodec
from infrastructure.security.server_secrets import ServerSecrets
from tests.support.fakes.builders import OPERATOR
from tests.support.fakes.use_cases_over_fakes import UseCasesOverFakes

MANY = 10_000


@pytest.mark.proves("T1")
@pytest.mark.anyio
async def test_ten_thousand_sessions_have_ten_thousand_secrets_of_32_bytes() -> None:
    codec = MacRefreshTokenCodec(ServerSecrets([b"a server secret, long enough, no. 1"]))
    house = UseCasesOverFakes(entropy=Container.entropy(), refresh_tokens=codec)
    await house.add_user("ada")
    tokens = list[str]()
    for _ in range(MANY):
        tokens.append(
            (await house.can.operators.open_session("ada", Origin(), by=OPERATOR)).refresh_token
        )
        house.database.sessions.clear()  # whose number would slow the fake down
    raw = [base64.urlsafe_b64decode(token.removeprefix("rmt1_")) for token in tokens]
    secrets = {one[21:-16] for one in raw}
    assert len(set(tokens)) == len(secrets) == MANY
    assert {len(secret) for secret in secrets} == {32}


@pytest.mark.proves("T1")
def test_the_service_draws_from_the_operating_system() -> None:
    assert Container.entropy() is os.urandom
