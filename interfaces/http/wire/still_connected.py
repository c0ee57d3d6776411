"""Owns how we find out that a client has given up on its request."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from litestar.types import Receive

ONE_LOOK = 0.01
"""Seconds: time for the event loop to look at every connection once."""


@dataclass(frozen=True, slots=True)
class StillWaiting:
    """Asks the connection, only when called; the body must have been read.

    A client that gave up has closed its connection. A paused instance or a slow network path may
    deliver the request and the closing together, so the closing is given a moment to be noticed.
    """

    receive: Receive
    patience: timedelta

    async def __call__(self) -> bool:
        # An instance that was paused meanwhile finds the time over before it looks at its
        # connections, so it looks once more.
        return not (
            await self._closes_within(self.patience.total_seconds())
            or await self._closes_within(ONE_LOOK)
        )

    async def _closes_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                while (await self.receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            return False
        return True
