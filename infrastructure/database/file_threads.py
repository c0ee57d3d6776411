"""Owns the threads in which aiosqlite uses the pool's connections to an SQLite file."""

import asyncio
from datetime import timedelta
from threading import Thread
from typing import Any
from weakref import WeakSet

import aiosqlite


class FileThreads:
    """The threads of the connections that a pool has opened and not closed.

    A statement that is cancelled continues in its thread. When it ends, the thread tells the event
    loop; if the loop has been closed by then, the thread ends with a stack trace.
    """

    def __init__(self) -> None:
        self._threads: WeakSet[Thread] = WeakSet()

    def connect(self, *arguments: Any, **options: Any) -> aiosqlite.Connection:
        """A connection that opens when it is awaited, as SQLAlchemy's `async_creator_fn`."""
        connection = aiosqlite.connect(*arguments, **options)
        thread = connection._thread  # SQLAlchemy sets `daemon` in the same way
        thread.daemon = True
        self._threads.add(thread)
        return connection

    async def ended(self, longest: timedelta) -> None:
        """Wait for the threads of connections that are closed, at most `longest` for each."""
        for thread in [thread for thread in self._threads if thread.is_alive()]:
            await asyncio.to_thread(thread.join, longest.total_seconds())
