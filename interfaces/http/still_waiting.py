"""Owns how we find out that a client has given up on its request."""

import asyncio
from dataclasses import dataclass
from typing import Any

from litestar import Request


@dataclass(frozen=True, slots=True)
class StillWaiting:
    """Asks the connection, only when called; the body must have been read.

    A client that gave up has closed its connection. A paused instance or a slow network path may
    deliver the request and the closing together, so the closing is given a moment to be noticed.
    """

    request: Request[Any, Any, Any]

    async def __call__(self) -> bool:
        try:
            async with asyncio.timeout(self.request.app.state.patience):
                while (await self.request.receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            return True
        return False
