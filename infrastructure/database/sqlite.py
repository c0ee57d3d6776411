"""Owns everything special about SQLite: its file, its pragmas, its two kinds of connections."""

import asyncio
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Integer,
    Select,
    TextClause,
    create_engine,
    event,
    literal_column,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from infrastructure.database.address import Address
from infrastructure.database.checkpoints import Checkpoints
from infrastructure.database.database_file import DatabaseFile
from infrastructure.database.diagnosis import diagnose
from infrastructure.database.file_connection import BEGIN, FileConnection
from infrastructure.database.file_threads import FileThreads
from infrastructure.database.kind import MissingPrivileges
from infrastructure.database.limits import Limits
from infrastructure.database.outages import OutagesAsUnavailable
from infrastructure.database.scripts import Begin
from infrastructure.database.shared_file import SharedFile
from infrastructure.database.sqlite_statements import SqliteStatements
from infrastructure.database.statements import Row, Values
from infrastructure.database.tables import revocations

T = TypeVar("T")

ENGINE: dict[str, Any] = {
    "isolation_level": "AUTOCOMMIT",
    "skip_autocommit_rollback": True,
    "hide_parameters": True,
}
LARGEST_WAL = 65_536
"""Pages at which a commit makes the checkpoint itself, if the upkeep has not made one."""
LARGEST_IDLE_WAL = 64 * 1024 * 1024
"""Bytes that the write-ahead log keeps after a burst of writes."""


class Sqlite:
    """The DatabaseKind of a file; the file is created, readable for its owner only, when needed."""

    migration_lock: TextClause | None = None
    insert = staticmethod(sqlite.insert)
    # Write transactions never overlap, and an id is never used again.
    commit_mark: Column[int] = revocations.c.id
    settled_mark: ColumnElement[int] = literal_column(
        "coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'revocations'), 0) + 1", Integer
    )

    def __init__(self, address: Address, limits: Limits) -> None:
        self._address = address
        self._url = url = address.url
        self._failures = OutagesAsUnavailable(address)
        self._limits = limits
        self._held: list[FileConnection] = []
        self._checkpoints: Checkpoints | None = None
        self._commit_lock = asyncio.Lock()
        self._threads = FileThreads()
        self.engine = create_async_engine(
            url,
            **ENGINE,
            pool_size=limits.pool_size,
            max_overflow=0,
            pool_timeout=limits.pool_timeout.total_seconds(),
            connect_args={"async_creator_fn": self._threads.connect},
        )
        self._file = DatabaseFile(Path(str(url.database)))
        _prepare(self.engine.sync_engine, self._file, limits)
        event.listen(self.engine.sync_engine, "checkout", lambda *_: self._file.check())
        self.transactions = self.engine.execution_options(isolation_level="SERIALIZABLE")
        event.listen(self.transactions.sync_engine, "begin", _begin_immediately)
        self._shared = SharedFile(writing=self.hold(), reading=self.hold())

    def session_statements(self) -> SqliteStatements:
        """See DatabaseKind."""
        return SqliteStatements(self._shared)

    async def look_up(self, statement: Select[Any], values: Values) -> Row | None:
        """See DatabaseKind."""
        return await self._shared.look_up(statement, values)

    async def transact(self, begin: Begin[T]) -> T:
        """See DatabaseKind."""
        return await self._shared.transact(begin)

    def hold(self) -> FileConnection:
        """A connection of its own to the file."""
        engine = create_engine(
            self._url.set(drivername="sqlite"),
            **ENGINE,
            poolclass=NullPool,
            connect_args={"check_same_thread": False},
        )
        _prepare(engine, self._file, self._limits)
        held = FileConnection(
            engine,
            self._file,
            self._failures,
            busy_timeout=self._limits.statement_timeout,
            commit_lock=self._commit_lock,
        )
        self._held.append(held)
        return held

    async def upkeep(self) -> None:
        """See DatabaseKind: make a checkpoint."""
        if self._checkpoints is None:
            self._checkpoints = Checkpoints(self.hold())
        await self._checkpoints.make()

    async def dispose(self) -> None:
        """See DatabaseKind."""
        for connection in self._held:
            await connection.close()
        await self.engine.dispose()
        await self._threads.ended(self._limits.statement_timeout)

    async def estimate(
        self, connection: AsyncConnection, selection: Select[Any], values: Mapping[str, object]
    ) -> int | None:
        """See DatabaseKind: SQLite keeps no statistics on rows that match."""
        return None

    async def clock(self, connection: AsyncConnection) -> datetime | None:
        """See DatabaseKind: a file has the clock of this machine."""
        return None

    async def prove_writable(self, connection: AsyncConnection) -> None:
        """See DatabaseKind: write the version that users of SQLite can give a file, unchanged."""
        await connection.run_sync(_write_unchanged_version)

    async def missing_privileges(self, connection: AsyncConnection) -> MissingPrivileges:
        """See DatabaseKind: begin a transaction that writes, and roll it back at once."""
        try:
            await connection.run_sync(_begin_immediately)
        except OperationalError as error:
            fault = diagnose(error, self._address).explanation
            return MissingPrivileges(("writing to the file",), fault)
        await connection.exec_driver_sql("ROLLBACK")
        return MissingPrivileges()

    async def can_change_schema(self, connection: AsyncConnection) -> bool:
        """See DatabaseKind: the owner of a file can."""
        return True

    async def migration_fault(self, connection: AsyncConnection, *, is_new: bool) -> str | None:
        """See DatabaseKind: whether the file can be written shows when the migration begins."""
        return None

    async def time_limit_fault(self, connection: AsyncConnection) -> str | None:
        """See DatabaseKind: every connection to a file has its busy time-out."""
        return None

    async def encoding_fault(self, connection: AsyncConnection) -> str | None:
        """See DatabaseKind: every encoding of SQLite is one of Unicode."""
        return None


def _prepare(engine: Engine, file: DatabaseFile, limits: Limits) -> None:
    busy_timeout = round(limits.statement_timeout.total_seconds() * 1000)

    @event.listens_for(engine, "do_connect")
    def prepare_file(*_: Any) -> None:
        file.prepare()

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        # First, because the change to WAL can have to wait already.
        cursor.execute(f"PRAGMA busy_timeout = {busy_timeout}")
        cursor.execute("PRAGMA journal_mode = WAL")
        # A refresh is answered only when it would survive a power failure.
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA wal_autocheckpoint = {LARGEST_WAL}")
        cursor.execute(f"PRAGMA journal_size_limit = {LARGEST_IDLE_WAL}")
        cursor.close()


def _begin_immediately(connection: Connection) -> None:
    connection.exec_driver_sql(BEGIN)


def _write_unchanged_version(connection: Connection) -> None:
    busy_timeout = connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()
    connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    try:
        version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        connection.exec_driver_sql(f"PRAGMA user_version = {version}")
    except OperationalError as error:
        # While somebody else writes, the file can be written.
        if getattr(error.orig, "sqlite_errorcode", None) != sqlite3.SQLITE_BUSY:
            raise
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {busy_timeout}")
