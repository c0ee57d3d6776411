"""Owns the check that a request's client is still connected."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from litestar.types import Receive

ONE_LOOK = 0.01
"""Seconds in which the event loop looks at every connection once."""


@dataclass(frozen=True, slots=True)
class StillWaiting:
    """Checks the connection, only when called. The body must have been read before.

    A client that gave up has closed its connection. A paused instance or a slow network path can
    deliver the request and the close together, so the check waits a moment for the close.
    """

    receive: Receive
    patience: timedelta

    async def __call__(self) -> bool:
        # An instance that was paused during the wait finds the time over before it looks at its
        # connections, so the check looks once more.
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
