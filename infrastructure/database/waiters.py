"""Owns waiting for news: any number of tasks wait, and one looks while any of them does."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

TICK = 0.2
"""Seconds between two looks."""


class Waiters:
    """Tasks that wait for news, and the one task that looks for news while any of them waits."""

    def __init__(self, look: Callable[[], Awaitable[None]]) -> None:
        """`look` is called in each tick, and calls `wake` if there is news."""
        self._look = look
        self._news: asyncio.Future[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._count = 0

    def wake(self) -> None:
        """There is news."""
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    async def wait(self, seconds: float) -> None:
        """Return at the news, or after that time; raises what `look` raised."""
        if self._news is None or self._news.done():
            self._news = asyncio.get_running_loop().create_future()
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_again_and_again())
        self._count += 1
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._news), seconds)
        finally:
            self._count -= 1
            if not self._count and self._looking is not None:
                self._looking.cancel()
                self._looking = None

    async def _look_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            try:
                await self._look()
            except Exception as error:
                if self._news is not None and not self._news.done():
                    self._news.set_exception(error)
                return
