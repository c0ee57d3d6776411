"""Whatever keeps a database from answering becomes Unavailable, in bounded time, and passes."""

import asyncio
import contextlib
import sqlite3
import time
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from domain.causes import EndCause
from domain.errors import Unavailable
from domain.ports.sessions import Sessions
from infrastructure.database import schema
from infrastructure.database.database import Database
from infrastructure.database.health import DatabaseHealth
from infrastructure.database.limits import Limits
from infrastructure.database.sessions import SqlSessions
from infrastructure.database.users import SqlUsers
from testing.postgres import Cluster
from tests.support.fakes.builders import NO_LIMIT, NOON, a_session, a_user
from tests.support.fakes.storing import store_sessions
from tests.support.servers.databases import sqlite_url

pytestmark = [pytest.mark.proves("S6"), pytest.mark.anyio]

BRIEFLY = timedelta(seconds=0.5)
IMPATIENT = Limits(pool_timeout=BRIEFLY, connect_timeout=BRIEFLY, statement_timeout=BRIEFLY)
BOUND = 10.0
"""Seconds within which the answer must be there, also where closing a dead connection takes two."""
CANARY = "canary-4711"


def impatient(url: str, *, pool_size: int = 10) -> Database:
    return Database(url, replace(IMPATIENT, pool_size=pool_size))


async def all_are_unavailable(sessions: Sessions) -> None:
    """Every kind of operation: a shared read and UPDATE, one by itself, a transaction."""
    session = a_session()
    for operation in (
        sessions.find(session.id),
        sessions.advance(session, session),
        sessions.end(session.id, EndCause.REVOKED, NOON),
        sessions.open(session, NO_LIMIT),
    ):
        await is_unavailable(operation)


async def is_unavailable(operation: object) -> Unavailable:
    began = time.monotonic()
    with pytest.raises(Unavailable) as caught:
        await operation  # type: ignore[misc]
    assert time.monotonic() - began < BOUND
    assert caught.value.reason == "databaseUnavailable"
    return caught.value


async def answers_again(sessions: Sessions) -> None:
    """At the latest once every connection from before has been tried."""
    deadline = time.monotonic() + BOUND
    while not await answers(sessions):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def answers(sessions: Sessions) -> bool:
    session = a_session()
    try:
        await sessions.open(session, NO_LIMIT)
        await sessions.end(session.id, EndCause.REVOKED, NOON)
    except Unavailable:
        return False
    return True


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Somebody else is writing, and takes their time."""
    with closing(sqlite3.connect(url.partition("///")[2], isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.fixture(scope="module")
def own_cluster() -> Iterator[Cluster]:
    """A Postgres to be broken, and mended by the test that broke it."""
    with Cluster.create() as cluster:
        yield cluster


@pytest.fixture
async def broken_soon(own_cluster: Cluster) -> AsyncIterator[Database]:
    url = own_cluster.create_database()
    database = Database(url)
    await schema.upgrade(database)
    await database.dispose()
    database = impatient(url)
    await answers_again(SqlSessions(database))
    yield database
    await database.dispose()


async def test_a_locked_sqlite_file_refuses_writers_and_serves_readers(
    migrated_sqlite_url: str,
) -> None:
    database = impatient(migrated_sqlite_url)
    sessions = SqlSessions(database)
    with locked(migrated_sqlite_url):
        await is_unavailable(sessions.end(a_session().id, EndCause.REVOKED, NOON))
        await is_unavailable(sessions.open(a_session(), NO_LIMIT))
        await is_unavailable(sessions.advance(a_session(), a_session()))
        assert await sessions.find(a_session().id) is None
    await answers_again(sessions)
    await database.dispose()


async def test_a_sqlite_file_that_cannot_be_opened_is_an_outage(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path))
    await all_are_unavailable(SqlSessions(database))
    assert await DatabaseHealth(database).problem() == "databaseUnavailable"
    await database.dispose()
    await asyncio.sleep(0.2)  # the driver's threads report their end to this test's event loop


async def test_a_sqlite_folder_that_cannot_be_made_is_an_outage(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    database = Database(sqlite_url(tmp_path / "file" / "remint.db"))
    await all_are_unavailable(SqlSessions(database))
    await database.dispose()
    await asyncio.sleep(0.2)


async def test_a_database_without_its_tables_is_an_outage(
    tmp_path: Path, postgres_url: str
) -> None:
    for url in (sqlite_url(tmp_path / "empty.db"), postgres_url):
        database = Database(url)
        await all_are_unavailable(SqlSessions(database))
        await database.dispose()


async def test_a_pool_without_a_free_connection_is_an_outage(database_url: str) -> None:
    database = impatient(database_url, pool_size=3)
    sessions = SqlSessions(database)
    async with database.connection(), database.connection(), database.connection():
        await is_unavailable(sessions.touch(a_session(), NOON))
    await answers_again(sessions)
    await database.dispose()


async def test_nothing_is_listening_where_postgres_should_be() -> None:
    database = impatient("postgresql+asyncpg://postgres@127.0.0.1:1/remint")
    await all_are_unavailable(SqlSessions(database))
    assert await DatabaseHealth(database).problem() == "databaseUnavailable"
    await database.dispose()


@pytest.mark.parametrize("what", ["database", "role"])
async def test_a_postgres_that_lets_nobody_in_is_an_outage(postgres: Cluster, what: str) -> None:
    url = postgres.url("nowhere") if what == "database" else postgres.url(user="nobody_known")
    database = impatient(url)
    await all_are_unavailable(SqlSessions(database))
    await database.dispose()


async def test_a_stopped_postgres_is_an_outage_until_it_is_started(
    own_cluster: Cluster, broken_soon: Database
) -> None:
    sessions = SqlSessions(broken_soon)
    own_cluster.stop()
    await all_are_unavailable(sessions)
    assert await DatabaseHealth(broken_soon).problem() == "databaseUnavailable"
    own_cluster.start()
    await answers_again(sessions)


@pytest.mark.slow
async def test_a_postgres_that_does_not_answer_is_an_outage_until_it_does(
    own_cluster: Cluster, broken_soon: Database
) -> None:
    sessions = SqlSessions(broken_soon)
    own_cluster.pause()
    try:
        await all_are_unavailable(sessions)
    finally:
        own_cluster.resume()
    await answers_again(sessions)


@contextmanager
def read_only(cluster: Cluster) -> Iterator[None]:
    cluster.configure("default_transaction_read_only", "on")
    try:
        yield
    finally:
        cluster.sql("ALTER SYSTEM RESET ALL")
        cluster.sql("SELECT pg_reload_conf()")


async def test_a_postgres_that_became_read_only_is_left_for_a_writable_one(
    own_cluster: Cluster, broken_soon: Database
) -> None:
    sessions = SqlSessions(broken_soon)
    await sessions.find(a_session().id)
    with read_only(own_cluster):
        await is_unavailable(sessions.open(a_session(), NO_LIMIT))
        await is_unavailable(sessions.end(a_session().id, EndCause.REVOKED, NOON))
        # The pool looks for a writable server again, and there is none, so reads stop as well.
        await is_unavailable(sessions.find(a_session().id))
    await answers_again(sessions)


async def test_a_refresh_that_meets_a_read_only_server_takes_the_whole_pool_from_it(
    own_cluster: Cluster, broken_soon: Database
) -> None:
    sessions = SqlSessions(broken_soon)
    await sessions.find(a_session().id)
    await sessions.advance(a_session(), a_session())
    assert await broken_soon.row(text("SELECT 1")) == (1,)
    with read_only(own_cluster):
        assert await broken_soon.row(text("SELECT 1")) == (1,), "nothing has told the pool yet"
        await is_unavailable(sessions.advance(a_session(), a_session()))
        await is_unavailable(broken_soon.row(text("SELECT 1")))
        await is_unavailable(sessions.find(a_session().id))
    await answers_again(sessions)


async def test_connections_cut_by_an_administrator_cost_one_answer_each_at_most(
    own_cluster: Cluster, broken_soon: Database
) -> None:
    own_cluster.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'remint' AND pid <> pg_backend_pid()"
    )
    await answers_again(SqlSessions(broken_soon))


@pytest.mark.parametrize("turns", range(6))
async def test_a_connection_that_is_just_being_ended_is_replaced_or_an_outage(
    own_cluster: Cluster, broken_soon: Database, turns: int
) -> None:
    """However much of the ending the driver has heard when it is asked."""
    sessions = SqlSessions(broken_soon)
    assert await sessions.find(a_session().id) is None
    own_cluster.sql(  # which holds up this event loop, so that the news has not arrived yet
        "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity"
        " WHERE application_name = 'remint'"
    )
    for _ in range(turns):
        await asyncio.sleep(0)
    operations = (
        sessions.find(a_session().id),
        sessions.end(a_session().id, EndCause.REVOKED, NOON),
    )
    for outcome in await asyncio.gather(*operations, return_exceptions=True):
        assert outcome in (None, False) or isinstance(outcome, Unavailable)


async def test_a_postgres_without_free_connections_is_an_outage(own_cluster: Cluster) -> None:
    name = own_cluster.create_database().rpartition("/")[2]
    own_cluster.sql("CREATE ROLE crowded LOGIN CONNECTION LIMIT 0")
    database = impatient(own_cluster.url(name, user="crowded"))
    await all_are_unavailable(SqlSessions(database))
    await database.dispose()


async def test_a_statement_that_waits_too_long_for_a_row_is_an_outage(
    migrated_postgres_url: str,
) -> None:
    database = Database(migrated_postgres_url, Limits(statement_timeout=BRIEFLY))
    sessions, session = SqlSessions(database), a_session()
    await store_sessions(SqlUsers(database), sessions, session)
    async with database.transaction() as other:
        await other.execute(text("SELECT id FROM sessions FOR UPDATE"))
        await is_unavailable(sessions.end(session.id, EndCause.REVOKED, NOON))
    await answers_again(sessions)
    await database.dispose()


async def test_a_mistake_in_our_own_statement_is_no_outage(database: Database) -> None:
    with pytest.raises(DBAPIError):
        await database.affected(text("INSERT INTO users (id) VALUES (NULL)"))


@pytest.mark.proves("S1")
async def test_neither_an_outage_nor_a_mistake_tells_what_was_asked_for(
    migrated_postgres_url: str,
) -> None:
    """The whole of both errors, causes included, goes to the log."""
    database = impatient(migrated_postgres_url)
    with pytest.raises(DBAPIError) as mistake:
        await database.row(text("SELECT 1 / (length(:canary) - 11)"), {"canary": CANARY})
    with pytest.raises(Unavailable) as outage:
        await database.row(text("SELECT pg_sleep(9), CAST(:canary AS text)"), {"canary": CANARY})
    for error in (mistake.value, outage.value):
        assert CANARY not in "".join(traceback.format_exception(error))
    await database.dispose()


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE sessions ALTER COLUMN device TYPE varchar(300)",
        "ALTER TABLE sessions ALTER COLUMN generation TYPE numeric",
        "ALTER TABLE users ALTER COLUMN disabled_at TYPE timestamp",
        "ALTER TABLE sessions ADD COLUMN later text",
    ],
)
async def test_a_table_that_is_changed_while_serving_is_no_crash(
    postgres: Cluster, migrated_postgres_url: str, change: str
) -> None:
    database = Database(migrated_postgres_url)
    sessions, users, user = SqlSessions(database), SqlUsers(database), a_user()
    await users.add(user)

    async def works() -> None:
        session = replace(a_session(), user_id=user.id)
        await sessions.open(session, NO_LIMIT)
        assert await sessions.find(session.id) is not None
        successor = session.advance(beyond=0, parent=0, recoveries=0, now=NOON)
        assert await sessions.advance(session, successor)
        assert await users.named(user.name or "") is not None
        await sessions.end(session.id, EndCause.REVOKED, NOON)

    for _ in range(10):
        await works()
    postgres.sql(change, database=migrated_postgres_url.rpartition("/")[2])
    for _ in range(5):
        with contextlib.suppress(Unavailable):
            await works()
    await works()
    await database.dispose()
