"""What one instance does, the other knows at once: there is no copy that could be stale."""

import httpx
import pytest

from tests.support.alice import PASSWORD
from tests.support.faults.refreshing import cause, refresh
from tests.support.servers.deployment import Deployment

pytestmark = pytest.mark.anyio

LOGIN = "/api/v1/authenticate"


async def test_a_session_revoked_at_one_instance_refreshes_at_none(
    pair: Deployment, client: httpx.AsyncClient
) -> None:
    here, there = pair.urls
    for renewal in ("rotating", "reusable"):
        token = pair.log_in(renewal=renewal)["refreshToken"]
        assert (await refresh(client, there, token)).status_code == 200
        revoked = await client.post(f"{here}{LOGIN}/revoke", json={"refreshToken": token})
        assert revoked.status_code == 204
        refused = await refresh(client, there, token)
        assert (refused.status_code, cause(refused)) == (401, "sessionRevoked")


async def test_all_instances_publish_the_same_key_set(
    pair: Deployment, client: httpx.AsyncClient
) -> None:
    key_sets = [(await client.get(f"{url}/.well-known/jwks.json")).json() for url in pair.urls]
    assert key_sets[0] == key_sets[1]


@pytest.mark.proves("G6", "G7")
async def test_failed_log_ins_count_across_instances_and_harm_no_session(
    pair: Deployment, client: httpx.AsyncClient
) -> None:
    pair.add_user("throttled")
    token = pair.log_in("throttled")["refreshToken"]

    async def status(password: str, number: int) -> int:
        body = {"username": "throttled", "password": password}
        answer = await client.post(pair.urls[number % 2] + LOGIN, json=body)
        return answer.status_code

    guesses = [await status("wrong", number) for number in range(10)]
    assert guesses == [401] * 10
    assert [await status(PASSWORD, number) for number in range(2)] == [401, 401]
    for url in pair.urls:
        assert (await refresh(client, url, token)).status_code == 200
