"""The primary dies under load and its standby takes over: nobody is logged out."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from anyio import sleep, to_thread

from testing.postgres import Cluster, several_hosts_url
from tests.support.faults.honest_clients import (
    Figures,
    HonestClient,
    all_go_on,
    at_work,
    nothing_superseded_lives,
)
from tests.support.servers.databases import upgrade_schema
from tests.support.servers.deployment import Deployment, cluster

pytestmark = [pytest.mark.proves("L9"), pytest.mark.anyio, pytest.mark.slow]

CLIENTS = 20
ALERT = "rotationLost"
SETTINGS = {
    "REMINT_SESSIONS_COALESCE": "0",
    "REMINT_SESSIONS_GRACE": "1s",
    "REMINT_DATABASE_CONNECT_TIMEOUT": "2s",
    "REMINT_DATABASE_STATEMENT_TIMEOUT": "2s",
}


@dataclass
class Replicated:
    """Two instances that know both servers by one URL."""

    deployment: Deployment
    primary: Cluster
    standby: Cluster


@pytest.fixture
def replicated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Replicated]:
    with ExitStack() as stack:
        primary = stack.enter_context(Cluster.create())
        upgrade_schema(primary.create_database("remint"))
        standby = stack.enter_context(primary.standby(synchronous=request.param == "synchronous"))
        url = several_hosts_url(primary, standby, database="remint")
        opened = stack.enter_context(cluster(tmp_path, url, settings=SETTINGS))
        yield Replicated(opened, primary, standby)


async def at_work_through_the_failover(
    place: Replicated, client: httpx.AsyncClient, *, is_cut_off: bool = False
) -> list[HonestClient]:
    """Kill the primary under load; its standby has heard all, or has been cut off for a while."""
    figures = Figures()
    tokens = await to_thread.run_sync(place.deployment.open_sessions, CLIENTS)
    clients = [HonestClient(client, place.deployment.urls, figures, [token]) for token in tokens]
    async with at_work(clients, pause=0.05):
        await sleep(1.0)
        if is_cut_off:
            nowhere = "host=127.0.0.1 port=1"
            await to_thread.run_sync(place.standby.configure, "primary_conninfo", nowhere)
            await sleep(1.0)
        await to_thread.run_sync(place.primary.kill)
        await to_thread.run_sync(place.standby.promote)
        await sleep(2.0)
    return clients


@pytest.mark.parametrize("replicated", ["synchronous"], indirect=True)
async def test_with_synchronous_replication_nothing_acknowledged_is_lost(
    replicated: Replicated, client: httpx.AsyncClient
) -> None:
    clients = await at_work_through_the_failover(replicated, client)
    await all_go_on(clients)
    tried = await nothing_superseded_lives(clients)
    print(f"synchronous: {clients[0].figures}; {tried} superseded tokens refused")
    assert ALERT not in replicated.deployment.output


@pytest.mark.parametrize("replicated", ["asynchronous"], indirect=True)
async def test_with_asynchronous_replication_lost_rotations_log_nobody_out_and_raise_alerts(
    replicated: Replicated, client: httpx.AsyncClient
) -> None:
    """Rule `lostRotation`: the clients' tokens are ahead of the database."""
    clients = await at_work_through_the_failover(replicated, client, is_cut_off=True)
    await all_go_on(clients)
    tried = await nothing_superseded_lives(clients)
    alerts = replicated.deployment.output.count(ALERT)
    print(f"asynchronous: {clients[0].figures}; {alerts} alerts; {tried} superseded refused")
    assert 0 < alerts <= CLIENTS
