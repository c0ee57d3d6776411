"""One useless connection takes all others from the pool, and no statement is executed twice."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import Engine, Integer, bindparam, create_engine, literal_column, select
from sqlalchemy.pool import QueuePool

from infrastructure.database.database import Database
from infrastructure.database.outages import OutagesAsUnavailable
from infrastructure.database.pooled_connection import PooledConnection
from infrastructure.database.postgres import Postgres
from infrastructure.database.retirement import Info, Retirement
from infrastructure.database.statements import for_postgres
from tests.support.faults.statements import statements


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return create_engine(f"sqlite:///{tmp_path}/some.db", poolclass=QueuePool)


def notes_on_connections(engine: Engine, count: int) -> list[Info]:
    """SQLAlchemy's notes on so many connections, which are back in the pool afterwards."""
    opened = [engine.connect() for _ in range(count)]
    notes: list[Info] = [connection.info for connection in opened]
    for connection in opened:
        connection.close()
    return notes


def drivers(engine: Engine, count: int) -> set[object]:
    opened = [engine.connect() for _ in range(count)]
    found = {connection.connection.driver_connection for connection in opened}
    for connection in opened:
        connection.close()
    return found


def test_every_connection_is_replaced_once_one_of_them_was_useless(engine: Engine) -> None:
    retirement = Retirement(engine)
    before = drivers(engine, 3)
    assert drivers(engine, 3) == before
    useless, *_ = notes_on_connections(engine, 3)
    retirement.retire(useless)
    after = drivers(engine, 3)
    assert after.isdisjoint(before)
    assert drivers(engine, 3) == after, "and only once"


def test_what_was_opened_since_stays_when_another_old_connection_is_useless(
    engine: Engine,
) -> None:
    retirement = Retirement(engine)
    held = engine.connect()
    other, *_ = notes_on_connections(engine, 1)
    retirement.retire(other)
    after = drivers(engine, 2)
    assert retirement.has_retired(held.info)
    retirement.retire(held.info)
    assert drivers(engine, 2) == after
    held.close()


@pytest.mark.anyio
async def test_a_mistake_is_the_drivers_own_error_and_is_executed_once(postgres_url: str) -> None:
    database = Database(postgres_url)
    assert isinstance(database.kind, Postgres)
    engine = database.kind.engine
    failures = OutagesAsUnavailable(database.address)
    held = PooledConnection(engine, Retirement(engine.sync_engine), failures)
    statement = for_postgres(
        select(literal_column("1", Integer) // bindparam("by", type_=Integer()))
    )
    assert await held.fetch(statement, {"by": 1}) == [[1]]
    await held.close()
    with statements() as asked:
        with pytest.raises(asyncpg.DivisionByZeroError):
            await held.fetch(statement, {"by": 0})
        await asyncio.sleep(0)  # asyncpg notes a statement at the next turn
    assert len([text for text, _ in asked if text == statement.text]) == 1
    await held.close()
    await database.dispose()
