"""Connections kept for statements that many requests share: none is fetched and given back."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from infrastructure.database.outages import OutagesAsUnavailable

T = TypeVar("T")

BEGIN = "BEGIN IMMEDIATE"
"""The right to write before anything is read: a reader that turns writer fails without waiting."""


class Lane(Protocol):
    """One connection, and one piece of work at a time on it; a broken connection is replaced."""

    async def close(self) -> None:
        """Give the connection up; the next work would open another one."""
        ...


class PooledLane:
    """A connection that one lane borrows from the pool and keeps.

    Once any connection of the pool turns out to be useless, so may this one: a server that became a
    standby still answers, with what used to be true.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._kept: AsyncConnection | None = None
        self._is_doubtful = False
        event.listen(engine.sync_engine, "handle_error", self._doubt)

    async def run(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Do `work`, each of its statements standing for itself.

        Raises:
            Unavailable: the database cannot answer now.
        """
        with OutagesAsUnavailable():
            if self._is_doubtful and self._kept is not None:
                await self._kept.invalidate()
                await self.close()
            was_kept = self._kept is not None
            try:
                return await self._do(work)
            except DBAPIError as error:
                if not (was_kept and error.connection_invalidated):
                    raise
            # It broke while it was kept, or its server became read-only. To repeat the work is
            # harmless: what was changed after all is not as it was seen, and does not change twice.
            return await self._do(work)

    async def _do(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        if self._kept is None:
            self._is_doubtful = False
            self._kept = await self._engine.connect()
        try:
            return await work(self._kept)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """See Lane."""
        kept, self._kept = self._kept, None
        if kept is not None:
            await kept.close()

    def _doubt(self, context: ExceptionContext) -> None:
        if context.is_disconnect and context.invalidate_pool_on_disconnect:
            self._is_doubtful = True


class FileLane:
    """SQLite in the event loop's own thread: finding a row takes less than asking a thread for it.

    A second thread that runs Python takes turns with the loop's, milliseconds at a time. So only
    what truly waits is left to one: opening the file, the right to write, and the disk.
    """

    def __init__(self, engine: Engine, patience: timedelta, turn: asyncio.Lock) -> None:
        """Wait for other writers no longer than `patience`.

        Of the lanes that share a `turn` one at a time commits: to be told beats SQLite's naps.
        """
        self._engine = engine
        self._busy_timeout = round(patience.total_seconds() * 1000)
        self._turn = turn
        self._kept: Connection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite")
        self._is_committing = False

    @property
    def is_free(self) -> bool:
        """Whether it is open and not committing, so that work on it is done at once."""
        return self._kept is not None and not self._is_committing

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Do `work`, each of its statements standing for itself.

        Raises:
            Unavailable: the database cannot answer now.
        """
        with OutagesAsUnavailable():
            connection = self._kept or await self._open()
            try:
                return work(connection)
            except BaseException:
                await self._give_up()
                raise

    async def commit(self, work: Callable[[Connection], T]) -> T:
        """Do `work` in one transaction, durable when it returns.

        Raises:
            Unavailable: the database cannot answer now; nothing was changed.
        """
        async with self._turn:
            self._is_committing = True
            try:
                return await self._commit(work)
            finally:
                self._is_committing = False

    def commits_wait(self) -> AbstractAsyncContextManager[None]:
        """Meanwhile no lane commits that shares this one's turn."""
        return self._turn

    async def _commit(self, work: Callable[[Connection], T]) -> T:
        with OutagesAsUnavailable():
            connection = self._kept or await self._open()
            try:
                if not self._begins_now(connection):
                    await self._wait_for(connection, BEGIN)
                result = work(connection)
                await self._wait_for(connection, "COMMIT")
            except BaseException:
                await self._give_up()  # which rolls back
                raise
            return result

    async def ask(self, statement: str) -> tuple[Any, ...]:
        """One statement that may take long, and the row that it answers.

        Raises:
            Unavailable: the database cannot answer now.
        """
        with OutagesAsUnavailable():
            return await self._wait_for(self._kept or await self._open(), statement)

    async def close(self) -> None:
        """See Lane. A commit that is under way ends first: nothing must be closed beneath it."""
        async with self._turn:
            await self._give_up()

    async def _give_up(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            await self._off_loop(kept.close)

    async def _open(self) -> Connection:
        self._kept = await self._off_loop(self._engine.connect)
        return self._kept

    def _begins_now(self, connection: Connection) -> bool:
        """Whether nobody else is writing, and so we are; to ask a thread would take far longer."""
        driver_connection: Any = connection.connection.driver_connection
        driver_connection.execute("PRAGMA busy_timeout = 0")
        try:
            driver_connection.execute(BEGIN)
        except sqlite3.OperationalError:
            return False
        finally:
            driver_connection.execute(f"PRAGMA busy_timeout = {self._busy_timeout}")
        return True

    async def _wait_for(self, connection: Connection, statement: str) -> tuple[Any, ...]:
        # The driver's own method: all of it but the wait would be Python in another thread.
        driver_connection = connection.connection.driver_connection
        assert driver_connection is not None
        return await self._off_loop(lambda: driver_connection.execute(statement).fetchone() or ())

    async def _off_loop(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
