"""Followers miss nothing, in whichever order transactions commit, at whichever instance."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest

from domain.causes import EndCause, RevocationCause
from domain.revocations import Named, Revocation
from infrastructure.database.database import Database
from infrastructure.database.revocation_rows import TELL, revocation_row
from infrastructure.database.revocations import SqlRevocations
from infrastructure.database.sessions import SqlSessions
from infrastructure.database.users import SqlUsers
from tests.support.fakes.builders import NO_LIMIT, NOON, SECOND, a_session, a_user
from tests.support.faults.statements import statements

pytestmark = pytest.mark.anyio

AT_ONCE = timedelta()


@pytest.fixture
async def another(database_url: str) -> AsyncIterator[Database]:
    """What another instance has on the same database."""
    database = Database(database_url)
    yield database
    await database.dispose()


async def end_a_session(database: Database) -> UUID:
    user, sessions = a_user(None), SqlSessions(database)
    await SqlUsers(database).add(user)
    session = a_session(user)
    await sessions.open(session, NO_LIMIT)
    await sessions.end(session.id, EndCause.REVOKED, NOON)
    return session.id


async def values(revocations: SqlRevocations, cursor: str | None) -> tuple[set[str], str]:
    published = await revocations.after(cursor, 2 * SECOND)
    return {one.value for one in published.revocations}, published.cursor


async def test_a_transaction_that_commits_late_is_not_skipped(
    migrated_postgres_url: str,
) -> None:
    database = Database(migrated_postgres_url)
    revocations, user = SqlRevocations(database), a_user(None)
    await SqlUsers(database).add(user)
    async with database.transaction() as slow:
        gone = Revocation(Named.SUBJECT, user.subject, RevocationCause.USER_GONE, NOON)
        await slow.execute(TELL, revocation_row(gone))
        first = await end_a_session(database)
        found, cursor = await values(revocations, None)
        assert found == {str(first)}
        second = await end_a_session(database)
        found, cursor = await values(revocations, cursor)
        assert found == {str(second)}
    found, cursor = await values(revocations, cursor)
    assert found == {user.subject}
    await asyncio.sleep(0.2)
    assert (await revocations.after(cursor, AT_ONCE)).revocations == ()
    await database.dispose()


async def test_a_cursor_of_one_instance_is_known_to_another(
    database: Database, another: Database
) -> None:
    here, there = SqlRevocations(database), SqlRevocations(another)
    await there.after(None, AT_ONCE)
    await end_a_session(database)
    _, cursor = await values(here, None)
    assert (await there.after(cursor, AT_ONCE)).revocations == ()
    waiting = asyncio.create_task(there.after(cursor, 10 * SECOND))
    await asyncio.sleep(0.1)
    began = asyncio.get_running_loop().time()
    ended = await end_a_session(database)
    assert {one.value for one in (await waiting).revocations} == {str(ended)}
    assert asyncio.get_running_loop().time() - began < 2


async def test_a_thousand_followers_cost_the_statements_of_one(database_url: str) -> None:
    database = Database(database_url)
    revocations = SqlRevocations(database)
    cursor = (await revocations.after(None, AT_ONCE)).cursor
    with statements() as asked:
        await asyncio.gather(*(revocations.after(cursor, SECOND) for _ in range(1000)))
    assert 3 <= len([text for text, _ in asked if "JOIN revocations" in text]) <= 12
    await database.dispose()


async def test_the_end_of_the_process_lets_no_follower_wait(migrated_sqlite_url: str) -> None:
    database = Database(migrated_sqlite_url)
    revocations = SqlRevocations(database)
    cursor = (await revocations.after(None, AT_ONCE)).cursor
    waiting = asyncio.create_task(revocations.after(cursor, 30 * SECOND))
    await asyncio.sleep(0.1)
    revocations.stop_waiting()
    assert (await asyncio.wait_for(waiting, 1)).revocations == ()
    await database.dispose()
