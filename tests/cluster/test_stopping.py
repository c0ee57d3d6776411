"""An instance that is asked to stop finishes what runs, within a limit."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from signal import SIGTERM

import httpx
import pytest
from anyio import sleep, to_thread

from testing.processes import Process
from tests.support.faults.refreshing import refresh
from tests.support.servers.databases import somebody_else_writing
from tests.support.servers.deployment import API, Deployment, cluster

pytestmark = [pytest.mark.proves("S7"), pytest.mark.anyio]

LIMIT = 2


@pytest.fixture
def single(tmp_path: Path, migrated_sqlite_url: str) -> Iterator[Deployment]:
    settings = {
        "REMINT_SERVER_SHUTDOWN": f"{LIMIT}s",
        "REMINT_DATABASE_STATEMENT_TIMEOUT": "30s",
    }
    with cluster(tmp_path, migrated_sqlite_url, servers=1, settings=settings) as opened:
        yield opened


async def exits(process: Process) -> int:
    return await to_thread.run_sync(process.wait, 20.0)


async def test_a_request_that_is_under_way_is_answered_before_the_end(
    single: Deployment, client: httpx.AsyncClient
) -> None:
    token, (instance,) = single.log_in()["refreshToken"], single.servers
    with somebody_else_writing(single.database_url):
        under_way = asyncio.create_task(refresh(client, instance.url, token))
        await sleep(0.3)
        await to_thread.run_sync(lambda: instance.send(SIGTERM))
        await sleep(0.5)
        with pytest.raises(httpx.ConnectError):
            await refresh(client, instance.url, token)
        assert not under_way.done()
    assert (await under_way).status_code == 200
    assert await exits(instance) == 0


async def test_what_takes_too_long_is_given_up_and_may_be_tried_again(
    single: Deployment, client: httpx.AsyncClient
) -> None:
    token, (instance,) = single.log_in()["refreshToken"], single.servers
    with somebody_else_writing(single.database_url):
        under_way = asyncio.create_task(refresh(client, instance.url, token))
        await sleep(0.3)
        began = time.monotonic()
        await to_thread.run_sync(lambda: instance.send(SIGTERM))
        answer = await under_way
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "unavailable"
        assert int(answer.headers["Retry-After"]) > 0
        assert time.monotonic() - began < LIMIT + 2
    assert await exits(instance) == 0
    again = await to_thread.run_sync(single.restart, 0)
    await to_thread.run_sync(again.wait_until_ready, 30.0)
    assert (await refresh(client, again.url, token)).status_code == 200


async def test_a_follower_that_waits_is_answered_at_once(
    single: Deployment, client: httpx.AsyncClient
) -> None:
    secret = single.run("clients", "add", "follower", "--may", "introspect").strip()
    (instance,), auth = single.servers, httpx.BasicAuth("follower", secret)
    url = f"{instance.url}{API}/revocations"
    after = (await client.get(url, auth=auth)).json()["next"]
    query: dict[str, str | int] = {"after": after, "wait": 30}
    waiting = asyncio.create_task(client.get(url, params=query, auth=auth, timeout=30))
    await sleep(0.3)
    await to_thread.run_sync(lambda: instance.send(SIGTERM))
    answer = await waiting
    assert (answer.status_code, answer.json()["revocations"]) == (200, [])
    assert await exits(instance) == 0
