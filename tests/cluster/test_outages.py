"""An outage of the database is 503 in bounded time, never a log-out, and passes by itself."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass

import httpx
import pytest
from anyio import to_thread

from testing.postgres import Cluster
from tests.support.alice import PASSWORD, USERNAME
from tests.support.faults.faults import FaultyProxy
from tests.support.faults.refreshing import PATH, refresh
from tests.support.servers.databases import upgrade_schema
from tests.support.servers.deployment import Deployment, cluster

pytestmark = [pytest.mark.proves("S6"), pytest.mark.anyio, pytest.mark.slow]

ROLE = "remint_server"
LIMITS = {
    "REMINT_DATABASE_POOL_TIMEOUT": "1s",
    "REMINT_DATABASE_CONNECT_TIMEOUT": "1s",
    "REMINT_DATABASE_STATEMENT_TIMEOUT": "1s",
    "REMINT_SESSIONS_COALESCE": "0",
}
BOUND = 5.0
"""Seconds: a turn in the pool, connecting, a statement, and what a busy machine adds."""
RECOVERY = 10.0


@dataclass
class Place:
    """One instance, its database, and the network between them."""

    deployment: Deployment
    cluster: Cluster
    network: FaultyProxy
    database: str

    def sql(self, statement: str) -> None:
        self.cluster.sql(statement, database=self.database)

    def throw_out(self) -> None:
        """End all connections of the instance."""
        self.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{ROLE}'")


@contextmanager
def stopped(place: Place) -> Iterator[None]:
    place.cluster.stop()
    yield
    place.cluster.start()


@contextmanager
def paused(place: Place) -> Iterator[None]:
    place.cluster.pause()
    yield
    place.cluster.resume()


@contextmanager
def read_only(place: Place) -> Iterator[None]:
    place.cluster.configure("default_transaction_read_only", "on")
    yield
    place.cluster.configure("default_transaction_read_only", "off")


@contextmanager
def out_of_connections(place: Place) -> Iterator[None]:
    place.sql(f"ALTER ROLE {ROLE} CONNECTION LIMIT 0")
    place.throw_out()
    yield
    place.sql(f"ALTER ROLE {ROLE} CONNECTION LIMIT -1")


@contextmanager
def cut_off(place: Place) -> Iterator[None]:
    place.network.refuse()
    place.network.cut()
    yield
    place.network.listen()


@contextmanager
def stuck(place: Place) -> Iterator[None]:
    place.network.stall()
    yield
    place.network.release()


@contextmanager
def locked(place: Place) -> Iterator[None]:
    """Somebody alters the tables, and it takes a while: no statement on them comes through."""
    lock = "DO $$ BEGIN LOCK TABLE sessions, users; PERFORM pg_sleep(60); END $$"
    with place.cluster.doing(lock, database=place.database):
        yield


FAULTS: list[Callable[[Place], AbstractContextManager[None]]] = [
    stopped,
    paused,
    read_only,
    out_of_connections,
    cut_off,
    stuck,
    locked,
]


UNSEEN = {locked}
"""What only statements on these tables notice: no reason to take the instance out of service."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, durable_postgres: Cluster) -> Iterator[Place]:
    url = durable_postgres.create_database()
    name = url.rpartition("/")[2]
    upgrade_schema(url)
    durable_postgres.sql(f"CREATE ROLE {ROLE} LOGIN")
    durable_postgres.sql(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {ROLE}", database=name)
    with FaultyProxy(durable_postgres.port) as network:
        behind = f"postgresql+asyncpg://{ROLE}@127.0.0.1:{network.port}/{name}"
        folder = tmp_path_factory.mktemp("place")
        with cluster(folder, behind, servers=1, settings=LIMITS) as opened:
            yield Place(opened, durable_postgres, network, name)


@asynccontextmanager
async def during(fault: AbstractContextManager[None]) -> AsyncIterator[None]:
    await to_thread.run_sync(fault.__enter__)
    try:
        yield
    finally:
        await to_thread.run_sync(fault.__exit__, None, None, None)


async def timed(request: object) -> tuple[httpx.Response, float]:
    began = time.monotonic()
    answer: httpx.Response = await request  # type: ignore[misc]
    return answer, time.monotonic() - began


async def becomes_ready(client: httpx.AsyncClient, url: str) -> float:
    began = time.monotonic()
    while (await client.get(f"{url}/health/ready")).status_code != 200:
        assert time.monotonic() - began < RECOVERY
        await asyncio.sleep(0.1)
    return time.monotonic() - began


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
async def test_an_outage_is_503_in_bounded_time_and_passes(
    place: Place, client: httpx.AsyncClient, fault: Callable[[Place], AbstractContextManager[None]]
) -> None:
    (url,) = place.deployment.urls
    await becomes_ready(client, url)
    tokens = await to_thread.run_sync(place.deployment.open_sessions, 20)
    log_in = {"username": USERNAME, "password": PASSWORD}
    async with during(fault(place)):
        answers = await asyncio.gather(
            *(timed(refresh(client, url, token)) for token in tokens),
            timed(client.post(f"{url}/api/v1/authenticate", json=log_in)),
            timed(client.post(url + PATH.replace("refresh", "revoke"), json=_token(tokens[0]))),
        )
        for answer, _ in answers:
            assert answer.status_code == 503, answer.text
            assert answer.json()["error"]["code"] == "unavailable"
            assert int(answer.headers["Retry-After"]) > 0
        ready, _ = await timed(client.get(f"{url}/health/ready"))
        live, waited = await timed(client.get(f"{url}/health/live"))
        assert ready.status_code == (200 if fault in UNSEEN else 503)
        assert live.status_code == 200
        assert waited < 1.0
    recovered = await becomes_ready(client, url)
    slowest = max(seconds for _, seconds in answers)
    print(f"{fault.__name__}: 503 within {slowest:.1f} s, ready {recovered:.1f} s afterwards")
    assert slowest < BOUND
    for token in tokens:
        assert (await refresh(client, url, token)).status_code == 200


def _token(token: str) -> dict[str, str]:
    return {"refreshToken": token}


async def test_connections_that_break_between_requests_cost_nobody_an_answer(
    place: Place, client: httpx.AsyncClient
) -> None:
    (url,) = place.deployment.urls
    for token in await to_thread.run_sync(place.deployment.open_sessions, 5):
        await to_thread.run_sync(place.throw_out)
        assert (await refresh(client, url, token)).status_code == 200


async def test_an_instance_that_starts_during_an_outage_lives_and_gets_ready_by_itself(
    place: Place, client: httpx.AsyncClient
) -> None:
    async with during(cut_off(place)):
        late = await to_thread.run_sync(lambda: place.deployment.start(wait=False))
        await to_thread.run_sync(late.wait_for_ok, f"{late.url}/health/live", 30.0)
        assert (await client.get(f"{late.url}/health/ready")).status_code == 503
    await becomes_ready(client, late.url)
    (token,) = await to_thread.run_sync(place.deployment.open_sessions, 1)
    assert (await refresh(client, late.url, token)).status_code == 200
