"""What stands between braces happens together or not at all, and a statement alone at once."""

import asyncio
import contextlib
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from domain.errors import Unavailable
from infrastructure.database.database import Database
from infrastructure.database.limits import Limits
from infrastructure.database.outages import has_waited_for_a_lock

pytestmark = pytest.mark.anyio

ADD = text("INSERT INTO counters VALUES (1)")
SETTING = text("SELECT setting, unit FROM pg_settings WHERE name = :name")
COUNT = text("SELECT count(*) FROM counters")


@pytest.fixture
async def counters(database: Database) -> Database:
    await database.affected(text("CREATE TABLE counters (n int)"))
    return database


async def count(database: Database) -> int:
    row = await database.row(COUNT)
    assert row is not None
    return int(row[0])


async def add_then_fail(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(ADD)
        raise LookupError


async def add_together_then_fail(database: Database) -> None:
    async with database.together():
        await database.affected(ADD)
        await database.affected(ADD)
        raise LookupError


async def test_a_transaction_that_fails_leaves_nothing_behind(counters: Database) -> None:
    with pytest.raises(LookupError):
        await add_then_fail(counters)
    assert await count(counters) == 0
    # The connection that failed still serves.
    assert await counters.affected(ADD) == 1
    assert await count(counters) == 1


async def test_nobody_sees_a_transaction_before_it_is_over(counters: Database) -> None:
    async with counters.transaction() as connection:
        await connection.execute(ADD)
        assert await count(counters) == 0
    assert await count(counters) == 1


async def test_a_single_statement_is_seen_by_others_at_once(counters: Database) -> None:
    async with counters.connection() as first:
        await first.execute(ADD)
        assert await count(counters) == 1


async def test_readers_that_turn_writers_wait_for_each_other_and_none_fails(
    counters: Database,
) -> None:
    async def read_then_write() -> None:
        async with counters.transaction() as connection:
            await connection.execute(COUNT)
            await connection.execute(ADD)

    await asyncio.gather(*(read_then_write() for _ in range(20)))
    assert await count(counters) == 20


async def test_what_is_written_together_is_seen_by_others_at_the_end(
    counters: Database, database_url: str
) -> None:
    other = Database(database_url)
    async with counters.together():
        assert await counters.affected(ADD) == 1
        async with counters.transaction() as connection:
            await connection.execute(ADD)
        assert (await count(counters), await count(other)) == (2, 0)
    assert await count(other) == 2
    await other.dispose()


async def test_what_is_written_together_is_undone_together(counters: Database) -> None:
    with pytest.raises(LookupError):
        await add_together_then_fail(counters)
    assert await count(counters) == 0
    assert await counters.affected(ADD) == 1
    assert await count(counters) == 1


async def add_two_in_one_transaction(counters: Database) -> None:
    async with counters.transaction() as connection:
        await connection.execute(text("INSERT INTO counters VALUES (2)"))
        await connection.execute(ADD)


async def test_one_of_several_that_fails_is_undone_alone(counters: Database) -> None:
    await counters.affected(text("CREATE UNIQUE INDEX once ON counters (n)"))
    async with counters.together():
        await counters.affected(ADD)
        for _ in range(2):
            with pytest.raises(IntegrityError):
                await counters.affected(ADD)
        with pytest.raises(IntegrityError):
            await add_two_in_one_transaction(counters)
        await counters.affected(text("INSERT INTO counters VALUES (3)"))
    assert await counters.rows(text("SELECT n FROM counters ORDER BY n")) == [(1,), (3,)]


async def test_nobody_is_kept_waiting_before_the_first_write(
    counters: Database, database_url: str
) -> None:
    other = Database(database_url)
    async with counters.together():
        assert await count(counters) == 0
        assert await other.affected(ADD) == 1
        assert await count(counters) == 1
        await counters.affected(ADD)
    assert await count(other) == 2
    await other.dispose()


async def test_the_server_ends_the_transaction_of_an_instance_that_vanished(
    migrated_postgres_url: str,
) -> None:
    vanished = Database(migrated_postgres_url, Limits(statement_timeout=timedelta(seconds=1)))
    database = Database(migrated_postgres_url)
    await database.affected(text("CREATE TABLE counters (n int)"))
    await database.affected(ADD)
    with contextlib.suppress(Unavailable):  # the transaction cannot be committed any more
        async with vanished.transaction() as connection:
            await connection.execute(text("UPDATE counters SET n = 2"))
            await asyncio.sleep(1.5)
            assert await database.affected(text("UPDATE counters SET n = 3")) == 1
    assert await database.row(text("SELECT n FROM counters")) == (3,)
    for one in (vanished, database):
        await one.dispose()


async def test_a_statement_waits_for_a_lock_no_longer_than_it_is_allowed_to(
    migrated_postgres_url: str,
) -> None:
    database = Database(migrated_postgres_url, Limits(lock_timeout=timedelta(seconds=0.2)))
    await database.affected(text("CREATE TABLE counters (n int)"))
    await database.affected(ADD)
    async with database.transaction() as connection:
        await connection.execute(text("UPDATE counters SET n = 2"))
        async with asyncio.timeout(3):
            with pytest.raises(Unavailable) as outage:
                await database.affected(text("UPDATE counters SET n = 3"))
    assert has_waited_for_a_lock(outage.value)
    await database.dispose()


async def test_the_server_notices_that_the_machine_of_an_instance_is_gone(
    migrated_postgres_url: str,
) -> None:
    database = Database(migrated_postgres_url)
    for name, value in {
        "idle_in_transaction_session_timeout": "5000 ms",
        "lock_timeout": "1000 ms",
        "tcp_keepalives_idle": "10 s",
        "tcp_user_timeout": "30000 ms",
    }.items():
        row = await database.row(SETTING, {"name": name})
        assert row is not None
        assert f"{row.setting} {row.unit}" == value
    await database.dispose()
