"""Owns everything that is special about SQLite: its file, its pragmas, its way to begin."""

import asyncio
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from infrastructure.database.held_connections import BEGIN, FileLane
from infrastructure.database.limits import Limits

TRANSACTIONAL = "SERIALIZABLE"
ALWAYS: dict[str, Any] = {
    "isolation_level": "AUTOCOMMIT",
    "skip_autocommit_rollback": True,
    "hide_parameters": True,
}
MANY_PAGES = 300
"""Pages of 4 KiB in the write-ahead log from which on commits wait so that it is begun anew."""
PAUSE = 0.005
"""Seconds between the steps of a checkpoint, at least."""
REST = 2
"""How many times as long as a step the pause after it is, where that is longer: on a slow disk."""
TOO_MANY_PAGES = 65_536
"""Pages at which a commit makes the checkpoint itself, should nobody else have."""
LARGEST_IDLE_WAL = 64 * 1024 * 1024
"""Bytes that the write-ahead log keeps once a burst of writes is over."""


def open_engine(url: URL, limits: Limits) -> AsyncEngine:
    """An engine over one file, which is made, for its owner's eyes only, when first needed.

    Raises:
        ValueError: no file is named; a database in memory would be one connection for all.
    """
    if not url.database or url.database == ":memory:":
        raise ValueError("SQLite needs a file: sqlite+aiosqlite:///FILE")
    engine = create_async_engine(
        url.set(drivername="sqlite+aiosqlite"),
        **ALWAYS,
        pool_size=limits.pool_size,
        max_overflow=0,
        pool_timeout=limits.pool_timeout.total_seconds(),
    )
    _prepare(engine.sync_engine, Path(url.database), limits)
    return engine


def open_lane(url: URL, limits: Limits, turn: asyncio.Lock) -> FileLane:
    """A connection of its own to the same file, for shared statements.

    Lanes that are given the same `turn` commit one after the other.
    """
    engine = create_engine(
        url.set(drivername="sqlite"),
        **ALWAYS,
        poolclass=NullPool,
        connect_args={"check_same_thread": False},
    )
    _prepare(engine, Path(str(url.database)), limits)
    return FileLane(engine, limits.statement_timeout, turn)


async def checkpoint(lane: FileLane) -> None:
    """Move the write-ahead log into the file, beside the requests instead of in one's commit.

    As long as anything is written, this goes on in small steps. While pages are synced, commits
    wait for the disk: one millisecond for the pages of a step, thirty for those of a second.

    The log is begun anew only once nothing is left to move; so if it has become long, commits wait
    while the little is moved that came in meanwhile.
    """
    loop = asyncio.get_running_loop()
    seen = None
    while (version := await _version(lane)) != seen:
        seen, began = version, loop.time()
        if await _move(lane) > MANY_PAGES:
            async with lane.commits_wait():
                await _move(lane)
        await asyncio.sleep(max(PAUSE, REST * (loop.time() - began)))


async def _version(lane: FileLane) -> int:
    """A number that changes whenever another connection has written."""
    (version,) = await lane.ask("PRAGMA data_version")
    return int(version)


async def _move(lane: FileLane) -> int:
    """How many pages the log has."""
    _, pages, _ = await lane.ask("PRAGMA wal_checkpoint(PASSIVE)")
    return int(pages)


def _prepare(engine: Engine, file: Path, limits: Limits) -> None:
    busy_timeout = round(limits.statement_timeout.total_seconds() * 1000)

    @event.listens_for(engine, "do_connect")
    def make_file(*_: Any) -> None:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        # First of all, for the change to WAL may have to wait already.
        cursor.execute(f"PRAGMA busy_timeout = {busy_timeout}")
        cursor.execute("PRAGMA journal_mode = WAL")
        # A refresh is answered only once it would survive a power failure.
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA wal_autocheckpoint = {TOO_MANY_PAGES}")
        cursor.execute(f"PRAGMA journal_size_limit = {LARGEST_IDLE_WAL}")
        cursor.close()


def begin_immediately(connection: Connection) -> None:
    """Begin as a writer."""
    connection.exec_driver_sql(BEGIN)
