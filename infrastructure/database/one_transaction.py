"""Owns a transaction that spans several operations: either all of them take place, or none."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from types import TracebackType

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from infrastructure.database.outages import OutagesAsUnavailable


class OneTransaction:
    """Begins with its first part, so that nothing is locked before something is written.

    Committed when the context is left, or rolled back on an error.
    """

    def __init__(self, transactions: AsyncEngine, failures: OutagesAsUnavailable) -> None:
        self._transactions = transactions
        self._failures = failures
        self._held = AsyncExitStack()
        self.connection: AsyncConnection | None = None
        """None until the first part begins."""

    @asynccontextmanager
    async def part(self) -> AsyncIterator[AsyncConnection]:
        """One operation. An operation that fails is undone alone, so that others can follow."""
        if self.connection is None:
            self.connection = await self._held.enter_async_context(self._transactions.begin())
        async with self.connection.begin_nested():
            yield self.connection

    async def __aenter__(self) -> "OneTransaction":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._failures:
            await self._held.__aexit__(kind, error, trace)
