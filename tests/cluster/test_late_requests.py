"""A request that arrives long after its client gave up on it and moved on changes nothing.

Its token is two generations old by then, which is what a theft looks like (rule `reuse`).
"""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest
from anyio import sleep, to_thread

from tests.support.faults.faults import FaultyProxy
from tests.support.faults.refreshing import refresh, the_successor
from tests.support.servers.deployment import Deployment, cluster

pytestmark = pytest.mark.anyio

SESSIONS = 20
GRACE = 0.5


@pytest.fixture
def twins(tmp_path: Path, migrated_postgres_url: str) -> Iterator[Deployment]:
    settings = {"REMINT_SESSIONS_COALESCE": "0", "REMINT_SESSIONS_GRACE": str(GRACE)}
    with cluster(tmp_path, migrated_postgres_url, settings=settings) as opened:
        yield opened


async def give_up(client: httpx.AsyncClient, url: str, tokens: Sequence[str]) -> None:
    """Send them all, hear nothing, and close the connections."""

    async def try_in_vain(token: str) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await refresh(client, url, token)

    await asyncio.gather(*map(try_in_vain, tokens))


async def move_on(client: httpx.AsyncClient, url: str, tokens: Sequence[str]) -> list[str]:
    """Refresh elsewhere and use what comes, twice, until the grace for the first token is over."""
    for _ in range(2):
        answers = await asyncio.gather(*(refresh(client, url, token) for token in tokens))
        tokens = [the_successor([answer]) for answer in answers]
        await sleep(GRACE * 1.2)
    return list(tokens)


async def all_live(client: httpx.AsyncClient, url: str, tokens: Sequence[str]) -> bool:
    answers = await asyncio.gather(*(refresh(client, url, token) for token in tokens))
    return {answer.status_code for answer in answers} == {200}


async def test_delivered_by_an_instance_that_was_paused(
    twins: Deployment, client: httpx.AsyncClient
) -> None:
    tokens = await to_thread.run_sync(twins.open_sessions, SESSIONS)
    paused, other = twins.servers
    await to_thread.run_sync(paused.pause)
    await give_up(client, paused.url, tokens)
    newest = await move_on(client, other.url, tokens)
    await to_thread.run_sync(paused.resume)
    await to_thread.run_sync(paused.wait_until_ready)
    await sleep(0.5)
    assert await all_live(client, other.url, newest)


async def test_delivered_by_a_network_that_was_stuck(
    twins: Deployment, client: httpx.AsyncClient
) -> None:
    tokens = await to_thread.run_sync(twins.open_sessions, SESSIONS)
    stuck, other = twins.servers
    with FaultyProxy(stuck.port) as proxy:
        await to_thread.run_sync(proxy.stall)
        await give_up(client, f"http://127.0.0.1:{proxy.port}", tokens)
        newest = await move_on(client, other.url, tokens)
        await to_thread.run_sync(proxy.release)
        await sleep(1.0)
    assert await all_live(client, other.url, newest)


async def test_but_a_client_that_waits_with_such_a_token_is_a_thief_or_robbed(
    twins: Deployment, client: httpx.AsyncClient
) -> None:
    """So that the tests above cannot pass for another reason."""
    (token,) = await to_thread.run_sync(twins.open_sessions, 1)
    newest = await move_on(client, twins.urls[0], [token])
    assert (await refresh(client, twins.urls[1], token)).status_code == 401
    assert not await all_live(client, twins.urls[0], newest)
