"""The Postgres that tests stand on is real, and breaks and recovers when told to."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from testing.postgres import Cluster, several_hosts_url
from testing.postgres_binaries import Binaries, from_wheel, installed, open_copy
from testing.privileges import is_open_to_everyone

pytestmark = pytest.mark.anyio

# The wheel's programs are there on every machine; a machine's own are tried where it has some.
PROGRAMS = [each for each in (installed(), from_wheel()) if each]


@asynccontextmanager
async def an_engine(url: str, **arguments: object) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(url, connect_args=arguments)
    try:
        yield engine
    finally:
        await engine.dispose()


async def server_port(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return int((await connection.execute(text("SELECT inet_server_port()"))).scalar_one())


@contextmanager
def a_pair(*, synchronous: bool) -> Iterator[tuple[Cluster, Cluster]]:
    with Cluster.create() as primary, primary.standby(synchronous=synchronous) as standby:
        yield primary, standby


@pytest.mark.parametrize("programs", PROGRAMS, ids=lambda each: each.folder.parent.name)
async def test_installed_programs_and_the_wheels_both_serve(programs: Binaries) -> None:
    with Cluster.create(durable=False, programs=programs) as cluster:
        async with an_engine(cluster.url()) as engine:
            assert await server_port(engine) == cluster.port


@pytest.mark.parametrize("programs", PROGRAMS, ids=lambda each: each.folder.parent.name)
def test_installed_programs_and_the_wheels_both_replicate(programs: Binaries) -> None:
    with Cluster.create(programs=programs) as primary, primary.standby(synchronous=True) as standby:
        primary.sql("CREATE TABLE kept (n int)")
        primary.sql("INSERT INTO kept VALUES (1)")
        standby.promote()
        assert [row["n"] for row in standby.sql("SELECT n FROM kept")] == [1]


def test_programs_from_a_private_checkout_are_copied_to_where_anybody_may_run_them(
    tmp_path: Path,
) -> None:
    tmp_path.chmod(0o700)
    assert not is_open_to_everyone(tmp_path)
    folder = from_wheel().folder
    copy = open_copy(folder.parents[1]) / folder.relative_to(folder.parents[1])
    assert is_open_to_everyone(copy)
    with Cluster.create(durable=False, programs=Binaries(copy)) as cluster:
        assert cluster.sql("SELECT 1 AS n")[0]["n"] == 1


def test_every_database_starts_as_a_copy_of_its_template(postgres: Cluster) -> None:
    with postgres.database() as template:
        name = template.rpartition("/")[2]
        postgres.sql("CREATE TABLE prepared (n int)", database=name)
        with postgres.database(template=name) as copy:
            assert copy != template
            assert postgres.sql("SELECT * FROM prepared", database=copy.rpartition("/")[2]) == []


async def test_a_test_gets_an_empty_database_of_its_own(postgres_url: str) -> None:
    async with an_engine(postgres_url) as engine, engine.connect() as connection:
        tables = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        assert (await connection.execute(text(tables))).scalar_one() == 0


@pytest.mark.slow
def test_what_was_committed_survives_a_kill() -> None:
    with Cluster.create() as cluster:
        cluster.sql("CREATE TABLE kept (n int)")
        cluster.sql("INSERT INTO kept VALUES (7)")
        cluster.kill()
        with pytest.raises(OSError, match="Connect call failed"):
            cluster.sql("SELECT 1")
        cluster.start()
        assert [row["n"] for row in cluster.sql("SELECT n FROM kept")] == [7]


@pytest.mark.slow
async def test_a_paused_server_answers_nothing_until_it_is_resumed() -> None:
    with Cluster.create(durable=False) as cluster:
        async with an_engine(cluster.url(), command_timeout=0.3) as engine:
            assert await server_port(engine) == cluster.port
            cluster.pause()
            with pytest.raises(TimeoutError):
                await server_port(engine)
            cluster.resume()
            assert await server_port(engine) == cluster.port


@pytest.mark.slow
async def test_one_address_for_both_servers_finds_the_promoted_one() -> None:
    with a_pair(synchronous=True) as (primary, standby):
        url = several_hosts_url(standby, primary)
        async with an_engine(url, target_session_attrs="read-write") as engine:
            assert await server_port(engine) == primary.port
            primary.kill()
            standby.promote()
            assert await _port_once_it_answers(engine) == standby.port


@pytest.mark.slow
@pytest.mark.parametrize("synchronous", [True, False])
def test_only_a_synchronous_commit_waits_for_the_standby(synchronous: bool) -> None:
    with a_pair(synchronous=synchronous) as (primary, standby), ThreadPoolExecutor() as threads:
        primary.sql("CREATE TABLE kept (n int)")
        standby.pause()
        commit = threads.submit(primary.sql, "INSERT INTO kept VALUES (1)")
        _, waiting = wait([commit], timeout=1.0)
        assert bool(waiting) is synchronous
        standby.resume()
        commit.result(timeout=5.0)


async def _port_once_it_answers(engine: AsyncEngine) -> int:
    deadline = time.monotonic() + 10
    while True:
        try:
            return await server_port(engine)
        except (SQLAlchemyError, OSError):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
