"""What stands between braces happens together or not at all, and a statement alone at once."""

import asyncio

import pytest
from sqlalchemy import text

from infrastructure.database.database import Database

pytestmark = pytest.mark.anyio

ADD = text("INSERT INTO counters VALUES (1)")
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


async def test_a_transaction_that_fails_leaves_nothing_behind(counters: Database) -> None:
    with pytest.raises(LookupError):
        await add_then_fail(counters)
    assert await count(counters) == 0
    # The connection that failed goes on to serve.
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
