"""Scripts run in transactions. On SQLite those of the same moment share one, and none its fate."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest
from sqlalchemy import Integer, column, func, insert, select, table, text
from sqlalchemy.exc import IntegrityError

from domain.errors import TooManySessions, Unavailable
from infrastructure.database.database import Database
from infrastructure.database.limits import Limits
from infrastructure.database.scripts import Script
from tests.support.fakes.builders import SECOND
from tests.support.faults.statements import statements

pytestmark = pytest.mark.anyio

COUNTERS = table("counters", column("n", Integer))
ADD = insert(COUNTERS)
COUNT = select(func.count()).select_from(COUNTERS)


@pytest.fixture
async def counters(database: Database) -> Database:
    await database.affected(text("CREATE TABLE counters (n INTEGER NOT NULL UNIQUE)"))
    return database


@pytest.fixture
async def on_sqlite(migrated_sqlite_url: str) -> AsyncIterator[Database]:
    database = Database(migrated_sqlite_url)
    await database.affected(text("CREATE TABLE counters (n INTEGER NOT NULL UNIQUE)"))
    yield database
    await database.dispose()


@pytest.fixture
async def on_postgres(migrated_postgres_url: str) -> AsyncIterator[Database]:
    patient = Limits(lock_timeout=2 * SECOND)  # the server looks for deadlocks after a second
    database = Database(migrated_postgres_url, patient)
    await database.affected(text("CREATE TABLE counters (n INTEGER NOT NULL UNIQUE)"))
    yield database
    await database.dispose()


def adding(number: int) -> Script[int]:
    """Adds a row, and returns how many there are then."""
    yield ADD, {"n": number}
    [(count,)] = yield COUNT, {}
    return int(count)


def refused(number: int) -> Script[int]:
    yield ADD, {"n": number}
    raise TooManySessions


async def test_scripts_that_are_begin_together_commit_together(on_sqlite: Database) -> None:
    await on_sqlite.transact(partial(adding, 0))
    await on_sqlite.dispose()  # because a connection is recorded that opens inside
    with statements() as asked:
        many = [on_sqlite.transact(partial(adding, n)) for n in range(1, 33)]
        assert await asyncio.gather(*many) == list(range(2, 34))
    begun = [statement for statement, _ in asked if statement.startswith("BEGIN")]
    assert len(begun) == 1


async def test_a_script_that_fails_is_undone_alone(counters: Database) -> None:
    scripts = [partial(adding, 1), partial(adding, 1), partial(refused, 2), partial(adding, 3)]
    outcomes = await asyncio.gather(
        *(counters.transact(one) for one in scripts), return_exceptions=True
    )
    first, second, third, fourth = map(type, outcomes)
    assert {first, second} == {int, IntegrityError}  # whichever came first
    assert (third, fourth) == (TooManySessions, int)
    found = await counters.rows(select(COUNTERS.c.n).order_by(COUNTERS.c.n))
    assert found == [(1,), (3,)]
    assert await counters.transact(partial(adding, 4)) == 3


async def test_a_script_waits_for_other_writers_and_sees_what_was_written(
    on_sqlite: Database,
) -> None:
    async with on_sqlite.transaction() as connection:
        await connection.execute(ADD, {"n": 1})
        waiting = asyncio.create_task(on_sqlite.transact(partial(adding, 2)))
        await asyncio.sleep(0.05)
        assert not waiting.done()
    assert await waiting == 2


async def processes(database: Database) -> set[int]:
    """The server's processes for this database, without the one that tells."""
    others = text(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid()"
    )
    return {pid for (pid,) in await database.rows(others)}


KILL = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


async def test_a_connection_that_died_while_idle_costs_no_script(on_postgres: Database) -> None:
    assert await on_postgres.transact(partial(adding, 1)) == 1
    before = await processes(on_postgres)
    await on_postgres.rows(KILL)
    assert await on_postgres.transact(partial(adding, 2)) == 2
    await on_postgres.rows(KILL)
    assert await on_postgres.look_up(COUNT, {}) == [2]
    assert before.isdisjoint(await processes(on_postgres))


async def test_a_script_whose_connection_dies_later_is_not_repeated(on_postgres: Database) -> None:
    begun = 0

    def killed() -> Script[None]:
        nonlocal begun
        begun += 1
        yield ADD, {"n": begun}
        yield select(func.pg_terminate_backend(func.pg_backend_pid())), {}

    with pytest.raises(Unavailable):
        await on_postgres.transact(killed)
    assert begun == 1
    assert await on_postgres.transact(partial(adding, 1)) == 1


async def test_a_script_that_a_deadlock_undoes_begins_again(on_postgres: Database) -> None:
    await on_postgres.affected(text("INSERT INTO counters VALUES (1), (2)"))
    begun: list[int] = []

    def crossing(first: int, second: int) -> Script[None]:
        begun.append(first)
        for number in (first, second):
            yield select(COUNTERS.c.n).where(COUNTERS.c.n == number).with_for_update(), {}
            yield select(func.pg_sleep(0.2)), {}

    await asyncio.gather(
        on_postgres.transact(lambda: crossing(1, 2)), on_postgres.transact(lambda: crossing(2, 1))
    )
    assert 3 <= len(begun) <= 4  # Postgres can take both for the one to undo


async def test_a_script_that_is_cancelled_leaves_no_lock(on_postgres: Database) -> None:
    await on_postgres.affected(text("INSERT INTO counters VALUES (1)"))
    lock = select(COUNTERS.c.n).with_for_update()

    def waiting() -> Script[None]:
        yield lock, {}
        yield select(func.pg_sleep(60)), {}

    task = asyncio.create_task(on_postgres.transact(waiting))
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await on_postgres.look_up(lock, {}) == [1]


async def test_more_scripts_than_connections_wait_for_their_turn(on_postgres: Database) -> None:
    many = [on_postgres.transact(partial(adding, n)) for n in range(60)]
    await asyncio.gather(*many)
    assert len(await processes(on_postgres)) <= 10
    assert await on_postgres.look_up(COUNT, {}) == [60]
