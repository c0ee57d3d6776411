"""No two JWTs share their `jti`, whichever instance made them and however fast."""

import httpx
import jwt
import pytest

from tests.support.faults.refreshing import burst
from tests.support.servers.deployment import Deployment

pytestmark = pytest.mark.anyio


@pytest.mark.proves("J13")
async def test_jwts_of_one_burst_over_two_instances_all_differ(
    pair: Deployment, client: httpx.AsyncClient
) -> None:
    token = pair.log_in(renewal="reusable")["refreshToken"]
    answers = await burst(client, pair.urls, token, 200)
    jwts = [answer.json()["jwtToken"] for answer in answers]
    ids = {jwt.decode(text, options={"verify_signature": False})["jti"] for text in jwts}
    assert len(ids) == 200
    assert {len(bytes.fromhex(one)) for one in ids} == {16}
