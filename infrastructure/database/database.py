"""Owns the connections to the database; nothing else connects to it."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    nullcontext,
)
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import Executable, Row, Select, event
from sqlalchemy.ext.asyncio import AsyncConnection

from infrastructure.database.address import Address
from infrastructure.database.kind import DatabaseKind
from infrastructure.database.limits import Limits
from infrastructure.database.one_transaction import OneTransaction
from infrastructure.database.outages import OutagesAsUnavailable
from infrastructure.database.postgres import Postgres
from infrastructure.database.scripts import Begin, run_on
from infrastructure.database.sqlite import Sqlite
from infrastructure.database.statements import Values
from infrastructure.telemetry.operations import UNOBSERVED, Observer

T = TypeVar("T")

AnyRow = Row[*tuple[Any, ...]]


class Database:
    """One pool of connections to SQLite or Postgres; the first statement connects.

    All methods raise Unavailable when the database cannot answer now, and no other outage. If that
    does not pass by itself, the error is Misconfigured, with a sentence for the operator.
    """

    def __init__(
        self,
        address: str | Address,
        limits: Limits | None = None,
        *,
        observer: Observer = UNOBSERVED,
    ) -> None:
        """Choose the kind of database by its address.

        Args:
            address: its URL, or its parsed address.
            limits: the default Limits if None.
            observer: observes every operation that has a name.

        Raises:
            ValueError: `address` is not the address of a database that Remint supports.
        """
        self.observer = observer
        self.address = Address.parse(address) if isinstance(address, str) else address
        self._limits = limits or Limits()
        kind = Sqlite if self.address.file is not None else Postgres
        self.kind: DatabaseKind = kind(self.address, self._limits)
        self._failures = OutagesAsUnavailable(self.address)
        self._together: OneTransaction | None = None

    async def row(
        self, statement: Executable, values: Values | None = None, *, operation: str | None = None
    ) -> AnyRow | None:
        """Run one statement, durable when it returns; its first row."""
        async with self._running(operation, writes=statement.is_dml) as connection:
            return (await connection.execute(statement, values)).first()

    async def look_up(
        self, statement: Select[Any], values: Values, *, operation: str | None = None
    ) -> Sequence[Any] | None:
        """Run a statement that finds one row by a key."""
        if self._together is not None:
            return await self.row(statement, values, operation=operation)
        with self._observed(operation), self._failures:
            return await self.kind.look_up(statement, values)

    async def transact(self, begin: Begin[T], *, operation: str | None = None) -> T:
        """Run a script in a transaction; durable when it returns."""
        if self._together is not None:
            async with self.transaction(operation) as connection:
                return await run_on(connection, begin())
        with self._observed(operation), self._failures:
            return await self.kind.transact(begin)

    async def rows(
        self, statement: Executable, values: Values | None = None, *, operation: str | None = None
    ) -> Sequence[AnyRow]:
        """Run one statement; all of its rows."""
        async with self._running(operation, writes=statement.is_dml) as connection:
            return (await connection.execute(statement, values)).all()

    async def affected(
        self, statement: Executable, values: Values | None = None, *, operation: str | None = None
    ) -> int:
        """Run one statement, durable when it returns; how many rows were changed."""
        async with self._running(operation, writes=True) as connection:
            return (await connection.execute(statement, values)).rowcount

    @asynccontextmanager
    async def connection(self, operation: str | None = None) -> AsyncIterator[AsyncConnection]:
        """A connection that commits every statement, unless a transaction has begun: `together`."""
        with self._observed(operation), self._failures:
            if self._together is not None and self._together.connection is not None:
                yield self._together.connection
                return
            async with self.kind.engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def transaction(self, operation: str | None = None) -> AsyncIterator[AsyncConnection]:
        """A connection in a transaction, committed at the end, or rolled back on an error."""
        together = self._together
        begin = self.kind.transactions.begin if together is None else together.part
        with self._observed(operation), self._failures:
            async with begin() as connection:
                yield connection

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        """All that is written inside becomes durable at the end, or no part of it does.

        For a process that does one thing at a time. The transaction begins with the first write;
        what is read from then on is read in it. A write that fails is undone alone. The statements
        that refreshes share (`kind.session_statements`) stay outside.
        """
        try:
            async with OneTransaction(self.kind.transactions, self._failures) as self._together:
                yield
        finally:
            self._together = None

    def _running(
        self, operation: str | None, *, writes: bool
    ) -> AbstractAsyncContextManager[AsyncConnection]:
        begins = writes and self._together is not None
        return self.transaction(operation) if begins else self.connection(operation)

    def _observed(self, operation: str | None) -> AbstractContextManager[object]:
        return nullcontext() if operation is None else self.observer.operation(operation)

    def on_pool_use(self, *, taken: Callable[[], None], given_back: Callable[[], None]) -> None:
        """Call `taken` whenever a connection leaves the pool, and `given_back` when it returns."""
        event.listen(self.kind.engine.sync_engine, "checkout", lambda *_: taken())
        event.listen(self.kind.engine.sync_engine, "checkin", lambda *_: given_back())

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """A connection whose statements all see the same snapshot of the database."""
        with self._failures:
            async with self.kind.transactions.connect() as connection:
                await connection.execution_options(isolation_level="SERIALIZABLE")
                async with connection.begin():
                    yield connection

    def patient(self, longest: timedelta) -> "Database":
        """The same database with a connection of its own, for work that takes long.

        Such work waits for others no longer than any statement, so that a start stays short.
        """
        return Database(self.address, self._limits.for_long_work(longest))

    async def upkeep(self) -> None:
        """Do work that is due several times a second, so that no request waits for it."""
        await self.kind.upkeep()

    async def dispose(self) -> None:
        """Close all connections; the next statement opens new ones."""
        await self.kind.dispose()
