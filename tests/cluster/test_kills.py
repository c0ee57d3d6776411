"""Instances and databases that are killed in the middle of rotations forget nothing."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from anyio import sleep, to_thread

from testing.postgres import Cluster
from tests.support.faults.honest_clients import (
    Figures,
    HonestClient,
    all_go_on,
    at_work,
    nothing_superseded_lives,
)
from tests.support.servers.databases import sqlite_url
from tests.support.servers.deployment import Deployment, cluster

pytestmark = [pytest.mark.proves("L9"), pytest.mark.anyio, pytest.mark.slow]

CLIENTS = 8
KILLS = 5
SETTINGS = {"REMINT_SESSIONS_COALESCE": "0", "REMINT_SESSIONS_GRACE": "1s"}


@pytest.fixture(params=["sqlite", "postgres"])
def single(
    request: pytest.FixtureRequest, tmp_path: Path, durable_postgres: Cluster
) -> Iterator[Deployment]:
    """One instance on a database that keeps what it has committed."""
    if request.param == "sqlite":
        url = sqlite_url(tmp_path / "remint.db")
    else:
        url = durable_postgres.create_database()
    with cluster(tmp_path, url, servers=1, settings=SETTINGS) as opened:
        yield opened


@pytest.fixture
async def clients(single: Deployment, client: httpx.AsyncClient) -> list[HonestClient]:
    figures = Figures()
    tokens = await to_thread.run_sync(single.open_sessions, CLIENTS)
    return [HonestClient(client, single.urls, figures, [token]) for token in tokens]


async def test_killing_the_instance_loses_no_session_and_revives_no_token(
    single: Deployment, clients: list[HonestClient]
) -> None:
    async with at_work(clients, pause=0.02):
        for _ in range(KILLS):
            await sleep(0.7)
            await to_thread.run_sync(single.servers[0].kill)
            again = single.restart(0)
            await to_thread.run_sync(again.wait_until_ready, 60.0)
    await all_go_on(clients)
    # A token that is newer than its row is accepted, so a lost rotation shows in the alert alone.
    assert "rotationLost" not in single.output
    tried = await nothing_superseded_lives(clients)
    print(f"{KILLS} kills: {clients[0].figures}; {tried} superseded tokens refused")
