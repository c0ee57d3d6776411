"""Owns the checkpoints of an SQLite file: when its write-ahead log is moved into it."""

import asyncio

from infrastructure.database.file_connection import FileConnection


class Checkpoints:
    """Moves the write-ahead log into the file, so that no commit of a request has to.

    While pages are synced, commits wait for the disk: one millisecond for the pages of a small
    step, thirty for the pages of a second. Therefore the log is moved in small steps as long as
    anything is written.

    SQLite starts the log over only when all of it has been moved. If the log has become long,
    commits wait while the rest is moved.
    """

    def __init__(
        self,
        connection: FileConnection,
        *,
        long_log: float = 300,
        shortest_pause: float = 0.005,
        pause_per_step: float = 2,
    ) -> None:
        """Make checkpoints on a connection of their own.

        Args:
            connection: no other statement uses it.
            long_log: pages of 4 KiB above which commits wait.
            shortest_pause: seconds between two steps.
            pause_per_step: how many times as long as a step the pause after it is, so that a slow
                disk is not kept busy.
        """
        self._connection = connection
        self._long_log = long_log
        self._shortest_pause = shortest_pause
        self._pause_per_step = pause_per_step

    async def make(self) -> None:
        """Move the log until nothing is written any more.

        Raises:
            Unavailable: the file cannot be read or written now.
        """
        loop = asyncio.get_running_loop()
        seen = None
        while (version := await self._version()) != seen:
            seen, began = version, loop.time()
            if await self._move() > self._long_log:
                async with self._connection.no_commits():
                    await self._move()
            step = loop.time() - began
            await asyncio.sleep(max(self._shortest_pause, self._pause_per_step * step))

    async def _version(self) -> int:
        """A number that changes when another connection has written."""
        (version,) = await self._connection.pragma("PRAGMA data_version")
        return int(version)

    async def _move(self) -> int:
        """How many pages the log has."""
        _, pages, _ = await self._connection.pragma("PRAGMA wal_checkpoint(PASSIVE)")
        return int(pages)
