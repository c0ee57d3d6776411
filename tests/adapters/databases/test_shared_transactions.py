"""Scripts that run at the same time on SQLite share a transaction, and none of them its fate."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest
from sqlalchemy import Integer, column, func, insert, select, table, text
from sqlalchemy.exc import IntegrityError

from domain.errors import TooManySessions
from infrastructure.database.database import Database
from infrastructure.database.scripts import Script
from tests.support.faults.statements import statements

pytestmark = pytest.mark.anyio

COUNTERS = table("counters", column("n", Integer))
ADD = insert(COUNTERS)
COUNT = select(func.count()).select_from(COUNTERS)


@pytest.fixture
async def counters(migrated_sqlite_url: str) -> AsyncIterator[Database]:
    database = Database(migrated_sqlite_url)
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


async def test_scripts_that_are_asked_for_together_commit_together(counters: Database) -> None:
    await counters.transact(partial(adding, 0))
    await counters.dispose()  # because a connection is recorded that opens inside
    with statements() as asked:
        many = [counters.transact(partial(adding, n)) for n in range(1, 33)]
        assert await asyncio.gather(*many) == list(range(2, 34))
    begun = [statement for statement, _ in asked if statement.startswith("BEGIN")]
    assert len(begun) == 1


async def test_a_script_that_fails_is_undone_alone(counters: Database) -> None:
    scripts = [partial(adding, 1), partial(adding, 1), partial(refused, 2), partial(adding, 3)]
    outcomes = await asyncio.gather(
        *(counters.transact(one) for one in scripts), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [int, IntegrityError, TooManySessions, int]
    found = await counters.rows(select(COUNTERS.c.n).order_by(COUNTERS.c.n))
    assert found == [(1,), (3,)]
    assert await counters.transact(partial(adding, 4)) == 3


async def test_a_script_waits_for_other_writers_and_sees_what_was_written(
    counters: Database,
) -> None:
    async with counters.transaction() as connection:
        await connection.execute(ADD, {"n": 1})
        waiting = asyncio.create_task(counters.transact(partial(adding, 2)))
        await asyncio.sleep(0.05)
        assert not waiting.done()
    assert await waiting == 2
