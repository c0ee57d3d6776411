"""Refreshes leave nothing behind on Postgres: no index is touched, and the table does not grow."""

from dataclasses import replace

import pytest
from sqlalchemy import insert, text

from domain.sessions import Session
from infrastructure.database.database import Database
from infrastructure.database.session_rows import session_row
from infrastructure.database.session_statements import SessionStatements, Succession
from infrastructure.database.sessions import SqlSessions
from infrastructure.database.tables import sessions
from infrastructure.database.users import SqlUsers
from testing.postgres import Cluster
from testing.waiting import wait_until
from tests.support.fakes.builders import NOON, SECOND, a_session, a_user

pytestmark = pytest.mark.anyio

USER = a_user()


def rotated(session: Session) -> Session:
    current = session.generation
    now = NOON + (current + 1) * SECOND
    return session.advance(beyond=current, parent=current, recoveries=0, now=now)


async def sessions_of_one_user(database: Database, count: int) -> list[Session]:
    await SqlUsers(database).add(USER)
    many = [a_session(USER) for _ in range(count)]
    async with database.transaction() as connection:
        await connection.execute(insert(sessions), [session_row(session) for session in many])
    return many


async def rotate_all(statements: SessionStatements, many: list[Session]) -> list[Session]:
    successors = [rotated(session) for session in many]
    asks = list(map(Succession, many, successors))
    assert all(await statements.advance(asks))
    return successors


def updates(postgres: Cluster, url: str) -> tuple[int, int]:
    """Rows updated so far, and how many of these updates touched no index."""
    name = url.rpartition("/")[2]
    seen = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'sessions'"
    (row,) = postgres.sql(seen, database=name)
    return tuple(row)


async def table_size(database: Database) -> int:
    row = await database.row(text("SELECT pg_table_size('sessions')"))
    assert row is not None
    return int(row[0])


async def test_refreshes_touch_no_index(postgres: Cluster, migrated_postgres_url: str) -> None:
    database = Database(migrated_postgres_url)
    store = SqlSessions(database)
    (session,) = await sessions_of_one_user(database, 1)
    for _ in range(50):
        successor = rotated(session)
        assert await store.advance(session, successor)
        await store.touch(successor, successor.last_used_at + SECOND)
        session = replace(successor, last_used_at=successor.last_used_at + SECOND)
    await database.dispose()  # a connection reports what it did at the latest when it closes
    wait_until(lambda: updates(postgres, migrated_postgres_url)[0] == 100, "the statistics")
    assert updates(postgres, migrated_postgres_url) == (100, 100)


@pytest.mark.slow
async def test_a_hundred_thousand_rotations_leave_the_table_as_small_as_it_was(
    migrated_postgres_url: str,
) -> None:
    database = Database(migrated_postgres_url)
    statements = database.kind.session_statements()
    many = await sessions_of_one_user(database, 1000)
    many = await rotate_all(statements, many)
    before = await table_size(database)
    for _ in range(99):
        many = await rotate_all(statements, many)
    found = await SqlSessions(database).find(many[0].id)
    assert found is not None
    assert found.session.generation == 100
    assert await table_size(database) <= 1.5 * before
    await database.dispose()
