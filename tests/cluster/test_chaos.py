"""Whatever breaks: honest clients stay signed in, superseded tokens and ended JWTs stay dead."""

import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from anyio import sleep, to_thread

from testing.postgres import Cluster
from tests.support.faults.faults import FaultyProxy
from tests.support.faults.following import following
from tests.support.faults.honest_clients import (
    Figures,
    HonestClient,
    all_go_on,
    at_work,
    nothing_superseded_lives,
)
from tests.support.servers.databases import upgrade_schema
from tests.support.servers.deployment import Deployment, cluster

pytestmark = [
    pytest.mark.proves("L9", "S6"),
    pytest.mark.anyio,
    pytest.mark.slow,
    pytest.mark.timeout(300),
]

CLIENTS = 24
ROUNDS = 2
GRACE = 1.0
LONGER_THAN_GRACE = 2.5
SETTINGS = {
    "REMINT_SESSIONS_COALESCE": "0",
    "REMINT_SESSIONS_GRACE": str(GRACE),
    "REMINT_DATABASE_POOL_TIMEOUT": "2s",
    "REMINT_DATABASE_CONNECT_TIMEOUT": "2s",
    "REMINT_DATABASE_STATEMENT_TIMEOUT": "2s",
}


@dataclass
class World:
    """Clients → networks → two instances → a network → Postgres."""

    deployment: Deployment
    cluster: Cluster
    fronts: list[FaultyProxy]
    back: FaultyProxy

    @property
    def urls(self) -> list[str]:
        return [f"http://127.0.0.1:{front.port}" for front in self.fronts]


async def an_instance_is_killed(world: World) -> None:
    number = random.randrange(2)
    await to_thread.run_sync(world.deployment.servers[number].kill)
    again = world.deployment.restart(number)
    await to_thread.run_sync(again.wait_until_ready, 60.0)


async def an_instance_is_paused(world: World) -> None:
    paused = random.choice(world.deployment.servers)
    await to_thread.run_sync(paused.pause)
    await sleep(LONGER_THAN_GRACE)
    await to_thread.run_sync(paused.resume)


async def requests_get_stuck_before_an_instance(world: World) -> None:
    front = random.choice(world.fronts)
    await to_thread.run_sync(front.stall)
    await sleep(LONGER_THAN_GRACE)
    await to_thread.run_sync(front.release)


async def answers_get_lost(world: World) -> None:
    front = random.choice(world.fronts)
    await to_thread.run_sync(lambda: front.stall(requests=False))
    await sleep(LONGER_THAN_GRACE)
    await to_thread.run_sync(front.cut)
    await to_thread.run_sync(front.release)


async def the_database_is_cut_off(world: World) -> None:
    await to_thread.run_sync(world.back.refuse)
    await to_thread.run_sync(world.back.cut)
    await sleep(1.0)
    await to_thread.run_sync(world.back.listen)


async def the_databases_network_gets_stuck(world: World) -> None:
    await to_thread.run_sync(world.back.stall)
    await sleep(LONGER_THAN_GRACE)
    await to_thread.run_sync(world.back.release)


async def connections_are_ended_by_an_administrator(world: World) -> None:
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'remint'"
    for _ in range(5):
        await to_thread.run_sync(world.cluster.sql, end)
        await sleep(0.1)


async def the_database_is_paused(world: World) -> None:
    await to_thread.run_sync(world.cluster.pause)
    await sleep(LONGER_THAN_GRACE)
    await to_thread.run_sync(world.cluster.resume)


async def the_database_is_restarted(world: World) -> None:
    await to_thread.run_sync(world.cluster.restart)


async def the_database_is_killed(world: World) -> None:
    await to_thread.run_sync(world.cluster.kill)
    await to_thread.run_sync(world.cluster.start)


FAULTS: list[Callable[[World], Awaitable[None]]] = [
    an_instance_is_killed,
    an_instance_is_paused,
    requests_get_stuck_before_an_instance,
    answers_get_lost,
    the_database_is_cut_off,
    the_databases_network_gets_stuck,
    connections_are_ended_by_an_administrator,
    the_database_is_paused,
    the_database_is_restarted,
    the_database_is_killed,
]


@pytest.fixture
def world(tmp_path: Path, durable_postgres: Cluster) -> Iterator[World]:
    url = durable_postgres.create_database()
    upgrade_schema(url)
    with ExitStack() as stack:
        back = stack.enter_context(FaultyProxy(durable_postgres.port))
        behind = url.replace(f":{durable_postgres.port}/", f":{back.port}/")
        opened = stack.enter_context(cluster(tmp_path, behind, settings=SETTINGS))
        fronts = [stack.enter_context(FaultyProxy(one.port)) for one in opened.servers]
        yield World(opened, durable_postgres, fronts, back)


async def test_honest_clients_survive_everything_and_nothing_that_is_over_does(
    world: World, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    figures = Figures()
    order = [fault for _ in range(ROUNDS) for fault in random.sample(FAULTS, len(FAULTS))]
    tokens = await to_thread.run_sync(world.deployment.open_sessions, CLIENTS + len(order))
    clients = [HonestClient(client, world.urls, figures, [token]) for token in tokens[:CLIENTS]]
    async with (
        following(world.deployment, world.urls, tmp_path) as log_outs,
        at_work(clients, pause=0.1),
    ):
        for fault, token in zip(order, tokens[CLIENTS:], strict=True):
            await log_outs.end(client, random.choice(world.urls), token)
            await fault(world)
            await sleep(1.0)
            assert figures.refusals == [], f"after {fault.__name__}: {figures}"
            assert log_outs.accepted == [], f"after {fault.__name__}"
        await log_outs.all_known()
    await all_go_on(clients)
    tried = await nothing_superseded_lives(clients)
    print(f"{len(order)} faults: {figures}; {tried} superseded tokens refused")
    assert "Traceback" not in world.deployment.output
