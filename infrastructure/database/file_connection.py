"""Owns a connection to an SQLite file that stays open for what many requests share."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import Engine, PoolProxiedConnection

from infrastructure.database.database_file import DatabaseFile
from infrastructure.database.outages import OutagesAsUnavailable
from infrastructure.database.statements import CompiledStatement, Row, Values

T = TypeVar("T")

BEGIN = "BEGIN IMMEDIATE"
"""Takes the right to write before anything is read, because a transaction that reads first and then
writes fails without waiting when another transaction has written."""


class FileConnection:
    """A connection to an SQLite file, used in the event loop's own thread.

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
        self._opening = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite")
        self._is_committing = False

    @property
    def is_ready(self) -> bool:
        """Whether the connection is open and not committing, so that it answers at once."""
        return self._driver is not None and not self._is_committing

    async def fetch(self, statement: CompiledStatement, values: Values) -> list[Row]:
        """Run a statement that reads; all of its rows.

        Raises:
            Unavailable: the database cannot answer now.
        """
        with self._failures:
            driver = await self._connected()
            try:
                rows = driver.execute(statement.text, statement.written(values)).fetchall()
            except BaseException:
                await self._close()
                raise
        return statement.read(rows)

    async def commit(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Let `work` write in one transaction, durable when this returns.

        Raises:
            Unavailable: the database cannot answer now; nothing was changed.
        """
        async with self._commit_lock:
            self._is_committing = True
            try:
                return await self._commit(work)
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
        """Close the connection after a commit in progress; the next statement opens another one."""
        async with self._commit_lock:
            await self._close()

    async def _commit(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._failures:
            driver = await self._connected()
            try:
                if not self._begins_now(driver):
                    await self._off_loop(lambda: driver.execute(BEGIN))
                result = work(driver)
                await self._off_loop(lambda: driver.execute("COMMIT"))
            except BaseException:
                await self._close()  # which rolls back
                raise
            return result

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
            async with self._opening:
                return self._driver or await self._open()
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
