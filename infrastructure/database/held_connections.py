"""Owns connections that stay open for the statements that many requests share."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol, TypeVar

import asyncpg
from sqlalchemy import Engine, PoolProxiedConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from infrastructure.database.database_file import DatabaseFile
from infrastructure.database.outages import (
    ConnectionUseless,
    OutagesAsUnavailable,
    is_disconnect,
    is_read_only,
)
from infrastructure.database.retirement import Info, Retirement
from infrastructure.database.statements import CompiledStatement, Row, Values

T = TypeVar("T")

BEGIN = "BEGIN IMMEDIATE"
"""Takes the right to write before anything is read, because a transaction that reads first and then
writes fails without waiting when another transaction has written."""


class HeldConnection(Protocol):
    """One connection, for one statement at a time. A broken connection is replaced."""

    async def fetch(self, statement: CompiledStatement, values: Values) -> list[Row]:
        """Run a statement that commits by itself; all of its rows.

        Raises:
            Unavailable: the database cannot answer now.
        """
        ...

    async def close(self) -> None:
        """Close the connection; the next statement opens another one."""
        ...


class PooledConnection:
    """A HeldConnection that stays checked out of the pool of Postgres connections."""

    def __init__(
        self, engine: AsyncEngine, retirement: Retirement, failures: OutagesAsUnavailable
    ) -> None:
        self._engine = engine
        self._failures = failures
        self._retirement = retirement
        self._open: _OpenConnection | None = None

    async def fetch(self, statement: CompiledStatement, values: Values) -> list[Row]:
        """See HeldConnection.

        A statement is repeated once if its connection became useless, on another connection, and if
        the server could not serialize it or ended it because of a deadlock.
        Repeating is harmless: an update that took place after all no longer finds the row as it was
        seen, and changes nothing.
        """
        written = statement.written(values)
        with self._failures:
            if self._open is not None and self._retirement.has_retired(self._open.info):
                await self._discard()
            was_open = self._open is not None
            try:
                rows = await self._fetch(statement.text, written)
            except ConnectionUseless:
                if not was_open:
                    raise
                rows = await self._fetch(statement.text, written)
            except (asyncpg.SerializationError, asyncpg.DeadlockDetectedError):
                rows = await self._fetch(statement.text, written)
        return statement.read(rows)

    async def close(self) -> None:
        """See HeldConnection. The connection returns to the pool."""
        opened, self._open = self._open, None
        if opened is not None:
            await opened.connection.close()

    async def _fetch(self, text: str, written: list[object]) -> list[asyncpg.Record]:
        opened = self._open or await self._connect()
        try:
            rows: list[asyncpg.Record] = await opened.driver.fetch(text, *written)
        except TimeoutError:
            await self._discard()
            raise
        except Exception as error:
            if not (is_disconnect(error) or is_read_only(error) or opened.driver.is_closed()):
                await self.close()
                raise
            self._retirement.retire(opened.info)
            await self._discard()
            raise ConnectionUseless from error
        except BaseException:
            await self.close()
            raise
        return rows

    async def _connect(self) -> "_OpenConnection":
        connection = await self._engine.connect()
        pooled = await connection.get_raw_connection()
        self._open = _OpenConnection(connection, pooled.driver_connection, pooled.info)
        return self._open

    async def _discard(self) -> None:
        """Terminate the connection, because a server that is gone delays a graceful close."""
        if self._open is not None:
            self._open.driver.terminate()
            await self._open.connection.invalidate()
        await self.close()


@dataclass(frozen=True, slots=True)
class _OpenConnection:
    """A pooled connection, the driver's connection in it, and SQLAlchemy's notes on it."""

    connection: AsyncConnection
    driver: asyncpg.Connection
    info: Info


class FileConnection:
    """A HeldConnection to an SQLite file, used in the event loop's own thread.

    Finding a row takes less time than asking another thread for it, and a second thread that runs
    Python holds up the event loop for milliseconds at a time. A thread of its own does only what
    waits: opening the file, waiting for the right to write, and syncing to the disk.
    """

    def __init__(
        self,
        engine: Engine,
        file: DatabaseFile,
        failures: OutagesAsUnavailable,
        *,
        busy_timeout: timedelta,
        commit_lock: asyncio.Lock,
    ) -> None:
        """Wait for other writers no longer than `busy_timeout`.

        Connections that share `commit_lock` commit one at a time, because waiting for a lock is
        faster than SQLite's sleeps between two tries.
        """
        self._engine = engine
        self._file = file
        self._failures = failures
        self._busy_timeout = round(busy_timeout.total_seconds() * 1000)
        self._commit_lock = commit_lock
        self._pooled: PoolProxiedConnection | None = None
        self._driver: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite")
        self._is_committing = False

    @property
    def is_ready(self) -> bool:
        """Whether the connection is open and not committing, so that it answers at once."""
        return self._driver is not None and not self._is_committing

    async def fetch(self, statement: CompiledStatement, values: Values) -> list[Row]:
        """See HeldConnection."""
        with self._failures:
            driver = await self._connected()
            try:
                rows = driver.execute(statement.text, statement.written(values)).fetchall()
            except BaseException:
                await self._close()
                raise
        return statement.read(rows)

    async def commit_each(self, statement: CompiledStatement, many: Iterable[Values]) -> list[int]:
        """Run a statement for each of `many` in one transaction, durable when it returns.

        Returns:
            How many rows each of them changed.

        Raises:
            Unavailable: the database cannot answer now; nothing was changed.
        """
        async with self._commit_lock:
            self._is_committing = True
            try:
                return await self._commit_each(statement, many)
            finally:
                self._is_committing = False

    async def pragma(self, statement: str) -> tuple[Any, ...]:
        """Run a PRAGMA in the other thread, because it can take long; its one row.

        Raises:
            Unavailable: the database cannot answer now.
        """
        with self._failures:
            driver = await self._connected()
            row: tuple[Any, ...] = await self._off_loop(
                lambda: driver.execute(statement).fetchone()
            )
            return row

    def no_commits(self) -> AbstractAsyncContextManager[None]:
        """Inside this context no connection commits that shares the commit lock."""
        return self._commit_lock

    async def close(self) -> None:
        """See HeldConnection. A commit in progress ends first."""
        async with self._commit_lock:
            await self._close()

    async def _commit_each(self, statement: CompiledStatement, many: Iterable[Values]) -> list[int]:
        with self._failures:
            driver = await self._connected()
            execute, text, written = driver.execute, statement.text, statement.written
            try:
                if not self._begins_now(driver):
                    await self._off_loop(lambda: execute(BEGIN))
                changed = [execute(text, written(values)).rowcount for values in many]
                await self._off_loop(lambda: execute("COMMIT"))
            except BaseException:
                await self._close()  # which rolls back
                raise
            return changed

    def _begins_now(self, driver: sqlite3.Connection) -> bool:
        """Take the right to write if it is free, because asking a thread takes far longer."""
        driver.execute("PRAGMA busy_timeout = 0")
        try:
            driver.execute(BEGIN)
        except sqlite3.OperationalError:
            return False
        finally:
            driver.execute(f"PRAGMA busy_timeout = {self._busy_timeout}")
        return True

    async def _connected(self) -> sqlite3.Connection:
        if self._driver is None:
            return await self._open()
        self._file.check()
        return self._driver

    async def _open(self) -> sqlite3.Connection:
        pooled = await self._off_loop(self._engine.raw_connection)
        driver = pooled.driver_connection
        if not isinstance(driver, sqlite3.Connection):
            raise TypeError(f"The driver is not sqlite3 but {type(driver).__module__}.")
        self._pooled, self._driver = pooled, driver
        return driver

    async def _close(self) -> None:
        pooled, self._pooled, self._driver = self._pooled, None, None
        if pooled is not None:
            await self._off_loop(pooled.close)

    async def _off_loop(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
