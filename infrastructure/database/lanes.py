"""Connections kept for statements that many requests share: none is fetched and given back."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from infrastructure.database.outages import OutagesAsUnavailable

T = TypeVar("T")


class Lane(Protocol):
    """One connection, and one piece of work at a time on it; a broken connection is replaced."""

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Do `work` with the connection.

        Raises:
            Unavailable: the database cannot answer now.
        """
        ...

    async def close(self) -> None:
        """Give the connection up; the next work would open another one."""
        ...


class PooledLane:
    """A connection that one lane borrows from the pool and keeps."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._kept: AsyncConnection | None = None

    async def run(self, work: Callable[[Connection], T]) -> T:
        """See Lane."""
        with OutagesAsUnavailable():
            if self._kept is None:
                self._kept = await self._engine.connect()
            try:
                return await self._kept.run_sync(work)
            except BaseException:
                await self.close()
                raise

    async def close(self) -> None:
        """See Lane."""
        kept, self._kept = self._kept, None
        if kept is not None:
            await kept.close()


class ThreadLane:
    """A connection in a thread of its own: a whole batch costs one change of threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: Connection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite")

    async def run(self, work: Callable[[Connection], T]) -> T:
        """See Lane."""
        with OutagesAsUnavailable():
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._do, work)

    async def close(self) -> None:
        """See Lane."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)

    def _do(self, work: Callable[[Connection], T]) -> T:
        if self._kept is None:
            self._kept = self._engine.connect()
        try:
            return work(self._kept)
        except BaseException:
            self._close()
            raise

    def _close(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.close()
