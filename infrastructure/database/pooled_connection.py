"""Owns a connection to Postgres that stays open for the statements that many requests share."""

from dataclasses import dataclass

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from infrastructure.database.outages import (
    ConnectionUseless,
    OutagesAsUnavailable,
    is_disconnect,
    is_read_only,
)
from infrastructure.database.retirement import Info, Retirement
from infrastructure.database.statements import CompiledStatement, Row, Values


class PooledConnection:
    """Checked out of the pool, for one statement at a time. A broken connection is replaced."""

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
        """Give the connection back to the pool; the next statement takes another one."""
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
