"""Refreshes share statements, and no refresh fails because of another one's session."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

import pytest
from sqlalchemy import text

from domain.errors import Unavailable
from domain.sessions import Session
from infrastructure.database.batching import POSTPONED, Batch, Postponed
from infrastructure.database.database import Database
from infrastructure.database.limits import Limits
from infrastructure.database.sessions import SqlSessions
from infrastructure.database.users import SqlUsers
from testing.postgres import Cluster
from tests.support.fakes.builders import HOUR, NOON, a_session, a_user
from tests.support.fakes.storing import store_sessions

pytestmark = pytest.mark.anyio

OTHERS = 20


def rotated(session: Session) -> Session:
    current = session.generation
    return session.advance(beyond=current, parent=current, recoveries=0, now=NOON + HOUR)


async def stored(database: Database, count: int) -> list[Session]:
    users, owner = SqlUsers(database), a_user()
    await users.add(owner)
    those = [a_session(owner) for _ in range(count)]
    return await store_sessions(users, SqlSessions(database), *those)


async def rotate(sessions: SqlSessions, session: Session) -> Session | Unavailable:
    successor = rotated(session)
    try:
        assert await sessions.advance(session, successor)
    except Unavailable as outage:
        return outage
    return successor


@asynccontextmanager
async def somebody_holding(url: str, session: Session) -> AsyncIterator[None]:
    """A client without time limits holds the session's row."""
    other = Database(url, Limits().for_long_work(HOUR))
    async with other.transaction() as connection:
        held = text("SELECT 1 FROM sessions WHERE id = :id FOR UPDATE")
        await connection.execute(held, {"id": session.id})
        yield
    await other.dispose()


@pytest.mark.parametrize("option", ["", "?prepared_statement_cache_size=0"])
async def test_a_row_that_another_transaction_holds_delays_its_own_session_only(
    migrated_postgres_url: str, option: str
) -> None:
    database = Database(migrated_postgres_url + option)
    sessions = SqlSessions(database)
    held, *free = await stored(database, 1 + OTHERS)
    async with somebody_holding(migrated_postgres_url, held):
        began = time.monotonic()
        for volley in range(3):
            first, *rest = await asyncio.gather(*(rotate(sessions, one) for one in [held, *free]))
            assert isinstance(first, Unavailable), "its own caller receives the error"
            assert first.reason == "sessionLocked"
            free = [one for one in rest if isinstance(one, Session)]
            assert len(free) == OTHERS, f"volley {volley}: the others are not"
        assert time.monotonic() - began < 10.0
    assert await sessions.advance(held, rotated(held))
    await database.dispose()


async def test_while_a_row_is_held_the_others_do_not_wait(migrated_postgres_url: str) -> None:
    database = Database(migrated_postgres_url)
    sessions = SqlSessions(database)
    held, *free = await stored(database, 1 + OTHERS)
    async with somebody_holding(migrated_postgres_url, held):
        await rotate(sessions, held)  # from now on it is known that rows are held
        waiting = asyncio.create_task(rotate(sessions, held))
        await asyncio.sleep(0)
        began = time.monotonic()
        answers = await asyncio.gather(*(rotate(sessions, one) for one in free))
        assert time.monotonic() - began < 0.8
        assert all(isinstance(answer, Session) for answer in answers)
        await waiting
    await database.dispose()


async def test_a_row_that_is_let_go_of_in_time_is_a_late_answer(
    migrated_postgres_url: str,
) -> None:
    database = Database(migrated_postgres_url)
    sessions = SqlSessions(database)
    (held,) = await stored(database, 1)
    async with somebody_holding(migrated_postgres_url, held):
        await rotate(sessions, held)
        waiting = asyncio.create_task(rotate(sessions, held))
        await asyncio.sleep(0.3)
        assert not waiting.done()
    assert isinstance(await waiting, Session)
    await database.dispose()


async def test_a_session_that_is_gone_is_not_waited_for(migrated_postgres_url: str) -> None:
    database = Database(migrated_postgres_url + "?prepared_statement_cache_size=0")
    session = a_session()
    assert await SqlSessions(database).advance(session, rotated(session)) is False
    await database.dispose()


async def test_an_advance_that_could_not_be_serialized_is_repeated(
    postgres: Cluster, migrated_postgres_url: str
) -> None:
    name = migrated_postgres_url.rpartition("/")[2]
    postgres.sql(f"ALTER DATABASE {name} SET default_transaction_isolation = 'repeatable read'")
    database = Database(migrated_postgres_url)
    sessions = SqlSessions(database)
    (session,) = await stored(database, 1)
    async with database.transaction() as other:
        await other.execute(text("UPDATE sessions SET device = 'another'"))
        advancing = asyncio.create_task(rotate(sessions, session))
        await asyncio.sleep(0.3)
    assert isinstance(await advancing, Session)
    await database.dispose()


REFUSING_ON_POSTGRES = (
    (
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'refused'; END $$"
    ),
    (
        "CREATE TRIGGER refusing BEFORE UPDATE ON sessions FOR EACH ROW"
        " WHEN (old.id = '{id}') EXECUTE FUNCTION refuse()"
    ),
)
REFUSING_ON_SQLITE = (
    "CREATE TRIGGER refusing BEFORE UPDATE ON sessions WHEN old.id = x'{hex}'"
    " BEGIN SELECT RAISE(ABORT, 'refused'); END"
)


async def test_a_row_that_the_database_refuses_fails_its_own_session_only(
    database_url: str, database: Database
) -> None:
    sessions = SqlSessions(database)
    refused, *accepted = await stored(database, 1 + OTHERS)
    if database_url.startswith("sqlite"):
        with closing(sqlite3.connect(database_url.partition("///")[2])) as file:
            file.execute(REFUSING_ON_SQLITE.format(hex=refused.id.hex))
    else:
        for statement in REFUSING_ON_POSTGRES:
            await database.affected(text(statement.format(id=refused.id)))
    asked = [rotate(sessions, one) for one in [refused, *accepted]]
    first, *rest = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(first, Exception)
    assert all(isinstance(one, Session) for one in rest)


async def test_a_postponed_ask_is_sent_again_and_harms_no_other() -> None:
    sent = list[list[int]]()

    async def send(asks: list[int]) -> list[int | Postponed]:
        sent.append(list(asks))
        return [POSTPONED if ask == 1 and len(sent) < 3 else ask for ask in asks]

    batch = Batch[int, int](send, pause=0.01)  # type: ignore[arg-type]
    assert [await one for one in (batch(2), batch(1), batch(3))] == [2, 1, 3]
    assert sent == [[2, 1, 3], [1], [1]]


async def test_a_caller_that_left_is_not_asked_for_again() -> None:
    sent = list[list[int]]()

    async def send(asks: list[int]) -> list[int | Postponed]:
        sent.append(list(asks))
        return [POSTPONED for _ in asks]

    answer = Batch[int, int](send, pause=0.01)(1)  # type: ignore[arg-type]
    await asyncio.sleep(0)
    answer.cancel()
    await asyncio.sleep(0.05)
    assert len(sent) <= 1
