"""The file that is open is the file at the path, and it can be written; else all say so."""

import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from domain.causes import EndCause
from domain.errors import Unavailable
from infrastructure.database import schema
from infrastructure.database.checkup import DatabaseCheckup
from infrastructure.database.database import Database
from infrastructure.database.health import DatabaseHealth
from infrastructure.database.sessions import SqlSessions
from tests.support.fakes.builders import NO_LIMIT, NOON, a_session
from tests.support.servers.databases import somebody_else_writing, sqlite_url

pytestmark = pytest.mark.anyio


async def all_operations_say(reason: str, database: Database, sessions: SqlSessions) -> None:
    session = a_session()
    for operation in (
        sessions.find(session.id),
        sessions.advance(session, session),
        sessions.end(session.id, EndCause.REVOKED, NOON),
        sessions.open(session, NO_LIMIT),
        database.upkeep(),
    ):
        with pytest.raises(Unavailable) as refused:
            await operation
        assert refused.value.reason == reason
    assert await DatabaseHealth(database).problem() == reason


async def use_all(database: Database, sessions: SqlSessions) -> None:
    session = a_session()
    assert await sessions.find(session.id) is None
    assert await sessions.advance(session, session) is False
    assert await sessions.end(session.id, EndCause.REVOKED, NOON) is False
    await database.upkeep()
    assert await DatabaseHealth(database).problem() is None


async def test_a_file_that_is_moved_away_is_missed_until_it_is_back(
    migrated_sqlite_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "remint.db"
    database = Database(migrated_sqlite_url)
    sessions = SqlSessions(database)
    await use_all(database, sessions)
    file.rename(tmp_path / "elsewhere.db")
    await all_operations_say("databaseFileMissing", database, sessions)
    assert not file.exists(), "no empty database takes its place"
    (tmp_path / "elsewhere.db").rename(file)
    await use_all(database, sessions)
    await database.dispose()


async def test_a_file_that_is_replaced_is_neither_read_nor_written(
    migrated_sqlite_url: str, sqlite_template: Path, tmp_path: Path
) -> None:
    file = tmp_path / "remint.db"
    database = Database(migrated_sqlite_url)
    sessions = SqlSessions(database)
    await use_all(database, sessions)
    shutil.copy(sqlite_template, tmp_path / "restored.db")
    before = (tmp_path / "restored.db").read_bytes()
    (tmp_path / "restored.db").rename(file)
    await all_operations_say("databaseFileReplaced", database, sessions)
    assert file.read_bytes() == before
    await database.dispose()


@pytest.mark.parametrize("connected", [True, False])
async def test_a_file_that_is_removed_is_not_made_again(
    migrated_sqlite_url: str, tmp_path: Path, connected: bool
) -> None:
    database = Database(migrated_sqlite_url)
    sessions = SqlSessions(database)
    await use_all(database, sessions)
    if not connected:
        await database.dispose()
    for name in ("remint.db", "remint.db-wal", "remint.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    await all_operations_say("databaseFileMissing", database, sessions)
    assert not (tmp_path / "remint.db").exists()
    await database.dispose()


async def test_another_process_makes_no_file_where_a_write_ahead_log_was_left(
    tmp_path: Path,
) -> None:
    """SQLite would empty the log of a file that is merely somewhere else."""
    log = tmp_path / "remint.db-wal"
    log.write_bytes(b"sessions")
    database = Database(sqlite_url(tmp_path / "remint.db"))
    with pytest.raises(Unavailable) as refused:
        await schema.upgrade(database)
    assert refused.value.reason == "databaseFileMissing"
    assert log.read_bytes() == b"sessions"
    assert not (tmp_path / "remint.db").exists()
    await database.dispose()


async def test_a_file_that_is_made_is_told_of(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "remint.db"))
    with capture_logs() as lines:
        await database.row(text("SELECT 1"))
        await database.row(text("SELECT 1"))
    made = [line for line in lines if line["event"] == "databaseFileMade"]
    assert [line["file"] for line in made] == [str(tmp_path / "remint.db")]
    await database.dispose()


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """Every write beyond `size` fails, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_an_instance_whose_disk_is_full_is_not_ready_until_there_is_room(
    migrated_sqlite_url: str,
) -> None:
    database = Database(migrated_sqlite_url)
    health = DatabaseHealth(database)
    assert await health.problem() is None
    with no_file_larger_than(0):
        assert await health.problem() == "databaseUnavailable"
        with pytest.raises(Unavailable) as refused:
            await DatabaseCheckup(database).prove_writable()
        assert refused.value.code.startswith("SQLITE_")
    assert await health.problem() is None
    await database.dispose()


async def test_an_instance_is_ready_while_somebody_else_writes(migrated_sqlite_url: str) -> None:
    database = Database(migrated_sqlite_url)
    with somebody_else_writing(migrated_sqlite_url):
        assert await DatabaseHealth(database).problem() is None
    await database.dispose()
