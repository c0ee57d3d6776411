"""Owns the check that a request's client is still connected."""

import asyncio
from datetime import timedelta

from litestar.types import Receive

ONE_LOOK = 0.01
"""Seconds in which the event loop looks at every connection once."""


async def still_connected(receive: Receive, patience: timedelta) -> bool:
    """Check the connection. The body must have been read before.

    A client that gave up has closed its connection. A paused instance or a slow network path can
    deliver the request and the close together, so the check waits up to `patience` for the close.
    """
    # An instance that was paused during the wait finds the time over before it looks at its
    # connections, so the check looks once more.
    return not (
        await _closes_within(receive, patience.total_seconds())
        or await _closes_within(receive, ONE_LOOK)
    )


async def _closes_within(receive: Receive, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True
