"""Owns a connection to Postgres that stays open for what many requests share."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import asyncpg
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from infrastructure.database.outages import (
    ConnectionUseless,
    OutagesAsUnavailable,
    is_disconnect,
    is_read_only,
)
from infrastructure.database.retirement import Info, Retirement
from infrastructure.database.scripts import Begin, Rows, Statement, run
from infrastructure.database.statements import CompiledStatement, Row, Values, for_postgres

T = TypeVar("T")

UNDONE = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
"""The server undid a transaction for the sake of others; it can succeed if it is repeated."""
BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"


class PooledConnection:
    """Checked out of the pool, for one statement or transaction at a time.

    The statements run on the driver directly, which takes a seventh of what an execution by
    SQLAlchemy takes. A broken connection is replaced.
    """

    def __init__(
        self, engine: AsyncEngine, retirement: Retirement, failures: OutagesAsUnavailable
    ) -> None:
        self._engine = engine
        self._failures = failures
        self._retirement = retirement
        self._open: _OpenConnection | None = None

    async def fetch(self, statement: CompiledStatement, values: Values) -> list[Row]:
        """Run a statement that commits by itself; all of its rows.

        A statement is repeated once if its connection became useless, on another connection, and if
        the server could not serialize it or ended it because of a deadlock.
        Repeating is harmless: an update that took place after all no longer finds the row as it was
        seen, and changes nothing.

        Raises:
            Unavailable: the database cannot answer now.
        """
        written = statement.written(values)
        with self._failures:
            try:
                rows = await self._first(lambda driver: driver.fetch(statement.text, *written))
            except UNDONE:
                rows = await self._first(lambda driver: driver.fetch(statement.text, *written))
        return statement.read(rows)

    async def transact(self, begin: Begin[T]) -> T:
        """Run a script in a transaction; durable when it returns.

        The script begins once more, once, if the server could not serialize the transaction or
        ended it because of a deadlock. If the connection is lost later than at its begin, the
        transaction is not repeated, because it can have taken place.

        Raises:
            Unavailable: the database cannot answer now.
            IntegrityError: as SQLAlchemy raises it.
        """
        with self._failures:
            try:
                return await self._transact(begin)
            except UNDONE:
                return await self._transact(begin)

    async def close(self) -> None:
        """Give the connection back to the pool; the next statement takes another one."""
        opened, self._open = self._open, None
        if opened is not None:
            await opened.connection.close()

    async def _transact(self, begin: Begin[T]) -> T:
        await self._first(lambda driver: driver.execute(BEGIN))
        try:
            result = await run(begin(), self._execute)
            await self._asked(lambda driver: driver.execute("COMMIT"))
        except BaseException:
            await self._roll_back()
            raise
        return result

    async def _execute(self, statement: Statement, values: Values) -> Rows:
        compiled = for_postgres(statement)
        written = compiled.written(values)
        try:
            rows = await self._asked(lambda driver: driver.fetch(compiled.text, *written))
        except asyncpg.IntegrityConstraintViolationError as error:
            raise IntegrityError(compiled.text, None, error) from error  # as from SQLAlchemy
        return compiled.read(rows)

    async def _roll_back(self) -> None:
        """Undo a transaction, unless its connection is gone, with which the server undoes it."""
        if self._open is None:
            return
        try:
            await self._asked(lambda driver: driver.execute("ROLLBACK"))
        except BaseException as error:
            await self._discard()
            if not isinstance(error, Exception):
                raise

    async def _first(self, ask: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
        """Ask what can be asked again: of another connection, if the open one proves useless."""
        if self._open is not None and self._retirement.has_retired(self._open.info):
            await self._discard()
        was_open = self._open is not None
        try:
            return await self._asked(ask)
        except ConnectionUseless:
            if not was_open:
                raise
            return await self._asked(ask)

    async def _asked(self, ask: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
        opened = self._open or await self._connect()
        try:
            return await ask(opened.driver)
        except TimeoutError:
            await self._discard()
            raise
        except Exception as error:
            if not (is_disconnect(error) or is_read_only(error) or opened.driver.is_closed()):
                raise
            self._retirement.retire(opened.info)
            await self._discard()
            raise ConnectionUseless from error

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


class PooledConnections:
    """As many connections as are asked at the same time; a few of them stay open."""

    def __init__(self, connection: Callable[[], PooledConnection], *, most_idle: int) -> None:
        """Keep at most `most_idle` connections that nobody uses out of the pool."""
        self._connection = connection
        self._most_idle = most_idle
        self._idle: list[PooledConnection] = []

    async def fetch(self, statement: CompiledStatement, values: Values) -> list[Row]:
        """See PooledConnection."""
        async with self._one() as connection:
            return await connection.fetch(statement, values)

    async def transact(self, begin: Begin[T]) -> T:
        """See PooledConnection."""
        async with self._one() as connection:
            return await connection.transact(begin)

    async def close(self) -> None:
        """Give all idle connections back to the pool."""
        while self._idle:
            await self._idle.pop().close()

    @asynccontextmanager
    async def _one(self) -> AsyncIterator[PooledConnection]:
        connection = self._idle.pop() if self._idle else self._connection()
        try:
            yield connection
        finally:
            if len(self._idle) < self._most_idle:
                self._idle.append(connection)
            else:
                await connection.close()


@dataclass(frozen=True, slots=True)
class _OpenConnection:
    """A pooled connection, the driver's connection in it, and SQLAlchemy's notes on it."""

    connection: AsyncConnection
    driver: asyncpg.Connection
    info: Info
