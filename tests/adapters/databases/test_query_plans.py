"""Every operation goes along an index, so that its cost stays flat as the tables grow."""

import asyncio
import re
from collections.abc import Awaitable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import insert, text

from domain.causes import EndCause
from domain.sessions import LiveAt
from infrastructure.database.database import Database
from infrastructure.database.login_throttle import SqlLoginThrottle
from infrastructure.database.postgres import Postgres
from infrastructure.database.session_register import SqlSessionRegister
from infrastructure.database.session_rows import session_row
from infrastructure.database.sessions import SqlSessions
from infrastructure.database.tables import clients, login_attempts, sessions, users
from infrastructure.database.user_register import SqlUserRegister
from infrastructure.database.users import SqlUsers
from tests.support.fakes.builders import DAY, HOUR, IDLE, NO_LIMIT, NOON, SECOND, a_session, a_user
from tests.support.faults.statements import statements

pytestmark = pytest.mark.anyio

USERS = [a_user(f"user {number:04}") for number in range(300)]
SESSIONS = [a_session(user, opened_at=NOON - hours * HOUR) for user in USERS for hours in range(10)]


@pytest.fixture
async def filled(database: Database) -> Database:
    async with database.transaction() as connection:
        for statement, rows in (
            (insert(users), [user_row(number) for number in range(len(USERS))]),
            (insert(sessions), [session_row(session) for session in SESSIONS]),
            (insert(login_attempts), [attempts_row(number) for number in range(3000)]),
            (insert(clients), [client_row(number) for number in range(3000)]),
        ):
            await connection.execute(statement, rows)
    await database.affected(text("ANALYZE"))
    return database


def user_row(number: int) -> dict[str, Any]:
    user = USERS[number]
    names = [column.name for column in users.columns]
    return {name: getattr(user, name) for name in names}


def client_row(number: int) -> dict[str, Any]:
    counters = {"epoch": number, "version": number}
    lists = {"may": (), "audiences": (), "scopes": ()}
    return {"id": f"app-{number}", "created_at": NOON, **counters, **lists}


def attempts_row(number: int) -> dict[str, Any]:
    ends = NOON + number * SECOND
    return {"key": number.to_bytes(32, "big"), "count": 1, "window_ends_at": ends}


async def indexes_used(database: Database, operation: Awaitable[object]) -> set[str]:
    await database.dispose()  # because a connection is recorded that opens inside
    with statements() as asked:
        await operation
        await asyncio.sleep(0)  # asyncpg notes a statement at the next turn
    steps = [step for one in asked if is_query(one[0]) for step in await plan(database, *one)]
    whole = [step for step in steps if re.search(r"Seq Scan on|SCAN \w+$", step)]
    assert whole == []
    found = re.findall(r"INDEX (\w+)|Scan using (\w+)|Index Scan on (\w+)", "\n".join(steps))
    return {portable("".join(names)) for names in found}


def is_query(statement: str) -> bool:
    return statement.startswith(("SELECT", "UPDATE", "DELETE"))


def is_postgres(database: Database) -> bool:
    return isinstance(database.kind, Postgres)


async def plan(database: Database, statement: str, parameters: Any) -> list[str]:
    explain = "EXPLAIN " if is_postgres(database) else "EXPLAIN QUERY PLAN "
    async with database.connection() as connection:
        if is_postgres(database):
            # It would rather read tables of this size as a whole; now it does if it must.
            await connection.execute(text("SET enable_seqscan = off"))
        rows = await connection.exec_driver_sql(explain + statement, parameters)
        return [str(row[-1]) for row in rows]


def portable(name: str) -> str:
    """SQLite names the index of a primary key by number; it is the first one of its table."""
    return re.sub(r"sqlite_autoindex_(\w+)_1", r"\1_pkey", name)


async def test_no_operation_reads_a_table_as_a_whole(filled: Database) -> None:
    store, register = SqlSessions(filled), SqlSessionRegister(filled)
    session, user = SESSIONS[1234], USERS[123]
    successor = session.advance(beyond=0, parent=0, recoveries=0, now=NOON + HOUR)
    page_of = partial(register.page, live=LiveAt(NOON, IDLE), after=SESSIONS[77].id, size=5)
    by_key = {"sessions_pkey", "users_pkey", "clients_pkey"}
    of_user = {"sessions_of_user", "users_pkey", "clients_pkey"}
    assert await indexes_used(filled, store.find(session.id)) == by_key
    assert await indexes_used(filled, store.advance(session, successor)) == by_key
    assert await indexes_used(filled, store.touch(successor, NOON + DAY)) == {"sessions_pkey"}
    ending = store.end(session.id, EndCause.REVOKED, NOON)
    assert await indexes_used(filled, ending) == {"sessions_pkey"}
    opening = store.open(a_session(user), NO_LIMIT)
    assert await indexes_used(filled, opening) == of_user
    assert await indexes_used(filled, page_of(None)) == by_key
    assert await indexes_used(filled, page_of(user.id)) == of_user


@pytest.mark.proves("L14")
async def test_purging_goes_along_the_index_of_what_is_over(filled: Database) -> None:
    long_ago = min(session.expires_at for session in SESSIONS) + SECOND
    purging = SqlSessionRegister(filled).purge(long_ago, at_most=100)
    assert "sessions_expiring" in await indexes_used(filled, purging)
    purging = SqlLoginThrottle(filled).purge(NOON + 9 * SECOND, at_most=100)
    assert "login_attempts_over" in await indexes_used(filled, purging)


async def test_a_count_of_many_sessions_reads_an_index_or_the_statistics(
    filled: Database,
) -> None:
    register = SqlSessionRegister(filled)
    counting = register.count_alive(NOON)
    assert await indexes_used(filled, counting) == {"sessions_expiring"}
    assert await register.count_alive(NOON) == len(SESSIONS)
    with statements() as asked:
        count = await SqlSessionRegister(filled, most_counted=100).count_alive(NOON)
    assert 0.9 * len(SESSIONS) <= count <= 1.1 * len(SESSIONS)
    counted = [statement for statement, _ in asked if is_query(statement)]
    assert len(counted) == (0 if is_postgres(filled) else 1)


async def test_users_are_found_by_their_keys(filled: Database) -> None:
    users, register = SqlUsers(filled), SqlUserRegister(filled)
    assert await indexes_used(filled, users.with_id(USERS[5].id)) == {"users_pkey"}
    for operation in (users.named("user 0123"), register.next_with_password("user 0123")):
        assert len(await indexes_used(filled, operation)) == 1
