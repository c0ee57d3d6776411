"""The SQLite file: for its owner's eyes only, and written so that an answer outlives a crash."""

import asyncio
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from domain.sessions import Session
from infrastructure.database.checkpoints import Checkpoints
from infrastructure.database.database import Database
from infrastructure.database.sessions import SqlSessions
from infrastructure.database.sqlite import Sqlite
from infrastructure.database.users import SqlUsers
from tests.support.fakes.builders import NO_LIMIT, NOON, a_session, a_user
from tests.support.servers.databases import somebody_else_writing, sqlite_url

pytestmark = pytest.mark.anyio

ROUNDS = 500


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_the_file_and_its_folder_are_made_for_their_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "var" / "remint.db"
    database = Database(sqlite_url(file))
    assert not file.parent.exists()
    await database.affected(text("CREATE TABLE t (n int)"))
    assert mode(file.parent) == 0o700
    files = list(file.parent.iterdir())
    assert {path.name for path in files} == {"remint.db", "remint.db-wal", "remint.db-shm"}
    assert {mode(path) for path in files} == {0o600}
    await database.dispose()


@pytest.fixture
def shared_folder(tmp_path: Path) -> Path:
    tmp_path.chmod(0o750)
    return tmp_path


async def test_a_folder_that_is_there_keeps_its_mode(shared_folder: Path) -> None:
    database = Database(sqlite_url(shared_folder / "remint.db"))
    await database.row(text("SELECT 1"))
    await database.dispose()
    assert mode(shared_folder) == 0o750


PROMISES = [
    ("journal_mode", "wal"),
    ("synchronous", 2),
    ("foreign_keys", 1),
    ("busy_timeout", 5000),
]


@pytest.mark.parametrize(("pragma", "value"), PROMISES)
async def test_every_connection_keeps_its_promises(
    migrated_sqlite_url: str, pragma: str, value: object
) -> None:
    database = Database(migrated_sqlite_url)
    async with database.connection() as first, database.transaction() as second:
        for connection in (first, second):
            row = (await connection.execute(text(f"PRAGMA {pragma}"))).first()
            assert row is not None
            assert row[0] == value
    await database.dispose()


async def test_the_connections_of_refreshes_keep_the_same_promises(
    migrated_sqlite_url: str,
) -> None:
    """A refresh is answered once it would survive a power failure."""
    database = Database(migrated_sqlite_url)
    store, [session] = await with_sessions(database, 1)
    assert await store.advance(session, session.advance(beyond=0, parent=0, recoveries=0, now=NOON))
    assert isinstance(database.kind, Sqlite)
    held = database.kind._held
    assert len(held) == 2
    for connection in held:
        for pragma, value in PROMISES:
            assert await connection.pragma(f"PRAGMA {pragma}") == (value,)
    await database.dispose()


@pytest.mark.parametrize("url", ["sqlite+aiosqlite://", "sqlite+aiosqlite:///:memory:"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="needs a file"):
        Database(url)


async def test_upkeep_moves_the_log_into_the_file_and_keeps_it_short(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/remint.db")
    try:
        await database.affected(text("CREATE TABLE facts (fact TEXT)"))
        log = tmp_path / "remint.db-wal"
        for _ in range(3):
            for _ in range(6):
                await database.affected(text("INSERT INTO facts VALUES (zeroblob(4194304))"))
            await database.upkeep()
            await database.affected(text("DELETE FROM facts"))
            await database.upkeep()
        assert (tmp_path / "remint.db").stat().st_size > 4194304
        assert log.stat().st_size < 16 * 4194304
    finally:
        await database.dispose()


async def with_sessions(database: Database, count: int) -> tuple[SqlSessions, list[Session]]:
    """The port, and so many sessions of one user in it."""
    store, user = SqlSessions(database), a_user()
    await SqlUsers(database).add(user)
    sessions = [a_session(user) for _ in range(count)]
    for session in sessions:
        await store.open(session, NO_LIMIT)
    return store, sessions


def checkpoints_of(database: Database, **settings: float) -> Checkpoints:
    assert isinstance(database.kind, Sqlite)
    return Checkpoints(database.kind.hold(), **settings)


async def log_after_many_rotations(file: Path, *, upkeep: bool) -> int:
    """Bytes of the write-ahead log after twenty sessions were rotated all the while."""
    database = Database(sqlite_url(file))
    store, sessions = await with_sessions(database, 20)

    async def rotate() -> None:
        for now in range(ROUNDS):
            successors = [
                session.advance(beyond=now, parent=now, recoveries=0, now=NOON)
                for session in sessions
            ]
            assert all(await asyncio.gather(*map(store.advance, sessions, successors)))
            sessions[:] = successors
            await asyncio.sleep(0)

    rotating = asyncio.create_task(rotate())
    checkpoints = checkpoints_of(database, long_log=20, shortest_pause=0.001)
    while upkeep and not rotating.done():
        await checkpoints.make()
    await rotating
    size = size_of_log(file)
    found = await store.find(sessions[0].id)
    assert found is not None
    assert found.session.generation == ROUNDS
    await database.dispose()
    return size


def size_of_log(file: Path) -> int:
    return file.with_name(f"{file.name}-wal").stat().st_size


async def test_the_log_stays_short_while_sessions_are_rotated_all_the_time(
    sqlite_template: Path, tmp_path: Path
) -> None:
    left_alone, looked_after = (
        Path(shutil.copy(sqlite_template, tmp_path / name)) for name in ("1.db", "2.db")
    )
    long = await log_after_many_rotations(left_alone, upkeep=False)
    assert await log_after_many_rotations(looked_after, upkeep=True) < long / 4


async def test_upkeep_goes_on_for_as_long_as_anything_is_written(
    migrated_sqlite_url: str,
) -> None:
    database = Database(migrated_sqlite_url)
    await database.affected(text("CREATE TABLE facts (fact TEXT)"))
    upkeep = asyncio.create_task(checkpoints_of(database, shortest_pause=0.25).make())
    for _ in range(60):
        await database.affected(text("INSERT INTO facts VALUES ('one more')"))
        await asyncio.sleep(0.01)
    assert not upkeep.done()
    async with asyncio.timeout(5):
        await upkeep
    await database.dispose()


async def test_upkeep_does_not_wait_for_those_who_read_for_long(migrated_sqlite_url: str) -> None:
    database = Database(migrated_sqlite_url)
    file = migrated_sqlite_url.partition("///")[2]
    with closing(sqlite3.connect(file, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM users").fetchone()
        async with asyncio.timeout(5):
            for _ in range(3):
                await database.affected(text("CREATE TABLE IF NOT EXISTS facts (fact TEXT)"))
                await database.affected(text("INSERT INTO facts VALUES (zeroblob(1048576))"))
                await database.upkeep()
    await database.dispose()


async def test_a_look_up_waits_for_no_commit_and_sees_nothing_uncommitted(
    migrated_sqlite_url: str,
) -> None:
    database = Database(migrated_sqlite_url)
    store, (session,) = await with_sessions(database, 1)
    advanced = session.advance(beyond=0, parent=0, recoveries=0, now=NOON)
    again = advanced.advance(beyond=1, parent=1, recoveries=0, now=NOON)
    assert await store.advance(session, advanced)
    with somebody_else_writing(migrated_sqlite_url):
        advancing = asyncio.create_task(store.advance(advanced, again))
        await asyncio.sleep(0.05)
        async with asyncio.timeout(1):
            found = await store.find(session.id)
        assert not advancing.done()
    assert found is not None
    assert found.session == advanced
    assert await advancing
    found = await store.find(session.id)
    assert found is not None
    assert found.session == again
    await database.dispose()


async def test_nothing_is_closed_beneath_a_commit(migrated_sqlite_url: str) -> None:
    database = Database(migrated_sqlite_url)
    store, (session,) = await with_sessions(database, 1)
    for generation in range(20):
        successor = session.advance(beyond=generation, parent=generation, recoveries=0, now=NOON)
        with somebody_else_writing(migrated_sqlite_url):
            advancing = asyncio.create_task(store.advance(session, successor))
            await asyncio.sleep(0.01)
            disposing = asyncio.create_task(database.dispose())
            await asyncio.sleep(0.01)
        assert await advancing
        await disposing
        session = successor
