"""Owns the connections to the database, and is the only way to it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Executable, Row, event, make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from infrastructure.database import postgres, sqlite
from infrastructure.database.held_connections import FileLane, Lane, PooledLane
from infrastructure.database.limits import Limits
from infrastructure.database.outages import OutagesAsUnavailable
from infrastructure.telemetry.operations import UNOBSERVED, Observer

Values = Mapping[str, Any]
AnyRow = Row[*tuple[Any, ...]]


class Database:
    """One pool of connections to SQLite or Postgres, as the URL says; nothing connects until asked.

    Raises from all: Unavailable, when the database cannot answer now, and no other outage.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 10,
        pool_timeout: timedelta = timedelta(seconds=5),
        connect_timeout: timedelta = timedelta(seconds=5),
        statement_timeout: timedelta = timedelta(seconds=5),
        observer: Observer = UNOBSERVED,
    ) -> None:
        """Tell `observer` of every operation that has a name."""
        self.observer = observer
        self._url = make_url(url)
        self._limits = Limits(
            pool_size=pool_size,
            pool_timeout=pool_timeout,
            connect_timeout=connect_timeout,
            statement_timeout=statement_timeout,
        )
        self.is_postgres = self._url.get_backend_name() == "postgresql"
        kind = postgres if self.is_postgres else sqlite
        self._lanes: list[Lane] = []
        self._upkeep: FileLane | None = None
        self._turn_to_commit = asyncio.Lock()
        self._engine = kind.open_engine(self._url, self._limits)
        # The same pool; only what begins is different.
        self._transactions = self._engine.execution_options(isolation_level=kind.TRANSACTIONAL)
        if not self.is_postgres:
            event.listen(self._transactions.sync_engine, "begin", sqlite.begin_immediately)

    async def row(
        self, statement: Executable, values: Values | None = None, *, operation: str | None = None
    ) -> AnyRow | None:
        """Run one statement, durable when it returns; its first row."""
        async with self.connection(operation) as connection:
            return (await connection.execute(statement, values)).first()

    async def rows(
        self, statement: Executable, values: Values | None = None, *, operation: str | None = None
    ) -> Sequence[AnyRow]:
        """Run one statement; all of its rows."""
        async with self.connection(operation) as connection:
            return (await connection.execute(statement, values)).all()

    async def affected(
        self, statement: Executable, values: Values | None = None, *, operation: str | None = None
    ) -> int:
        """Run one statement, durable when it returns; how many rows it changed."""
        async with self.connection(operation) as connection:
            return (await connection.execute(statement, values)).rowcount

    @asynccontextmanager
    async def connection(self, operation: str | None = None) -> AsyncIterator[AsyncConnection]:
        """A connection on which every statement stands for itself."""
        with self._observed(operation), OutagesAsUnavailable():
            async with self._engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def transaction(self, operation: str | None = None) -> AsyncIterator[AsyncConnection]:
        """A connection whose statements happen together when the block ends, or not at all."""
        with self._observed(operation), OutagesAsUnavailable():
            async with self._transactions.begin() as connection:
                yield connection

    def _observed(self, operation: str | None) -> AbstractContextManager[object]:
        return nullcontext() if operation is None else self.observer.operation(operation)

    def pooled_lane(self) -> PooledLane:
        """A connection of the pool that is kept, for statements that many requests share."""
        lane = PooledLane(self._engine)
        self._lanes.append(lane)
        return lane

    def file_lane(self) -> FileLane:
        """A connection to SQLite's file that is kept, for statements that many requests share."""
        lane = sqlite.open_lane(self._url, self._limits, self._turn_to_commit)
        self._lanes.append(lane)
        return lane

    def on_pool_use(self, *, taken: Callable[[], None], given_back: Callable[[], None]) -> None:
        """Have every connection reported that is taken from the pool, and given back."""
        event.listen(self._engine.sync_engine, "checkout", lambda *_: taken())
        event.listen(self._engine.sync_engine, "checkin", lambda *_: given_back())

    async def upkeep(self) -> None:
        """What wants doing several times a second, so that requests need not wait for it."""
        if self.is_postgres:
            return
        if self._upkeep is None:
            self._upkeep = self.file_lane()
        await sqlite.checkpoint(self._upkeep)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """A connection whose statements all see the database as it was at one moment."""
        with OutagesAsUnavailable():
            async with self._transactions.connect() as connection:
                await connection.execution_options(isolation_level="SERIALIZABLE")
                async with connection.begin():
                    yield connection

    def patient(self, statement_timeout: timedelta) -> "Database":
        """The same database over a connection of its own, for work that takes long."""
        limits = replace(self._limits, pool_size=1, statement_timeout=statement_timeout)
        return Database(
            self._url.render_as_string(hide_password=False),
            pool_size=limits.pool_size,
            pool_timeout=limits.pool_timeout,
            connect_timeout=limits.connect_timeout,
            statement_timeout=limits.statement_timeout,
        )

    async def dispose(self) -> None:
        """Close all connections; the next statement would open new ones."""
        for lane in self._lanes:
            await lane.close()
        await self._engine.dispose()
