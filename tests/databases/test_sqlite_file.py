"""The SQLite file: for its owner's eyes only, and written so that an answer outlives a crash."""

import stat
from pathlib import Path

import pytest
from sqlalchemy import text

from infrastructure.database.database import Database
from tests.support.databases import sqlite_url

pytestmark = pytest.mark.anyio


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


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 5000)],
)
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
