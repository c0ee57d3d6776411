"""Calling an ASGI application in the test's own event loop, without a server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from litestar.types import ASGIApp, Receive, Scope, Send

from interfaces.http.server.connections import BoundedConnection


@asynccontextmanager
async def calling(app: ASGIApp, *, address: str = "127.0.0.1") -> AsyncIterator[httpx.AsyncClient]:
    """A client of that network address; a crash is an answer, as it is behind a server."""
    # httpx and Litestar type the same protocol differently.
    either: Any = app
    transport = httpx.ASGITransport(either, raise_app_exceptions=False, client=(address, 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://remint.test") as client:
        yield client


@dataclass(slots=True)
class CountedApp:
    """An application, and how many requests it is through with."""

    app: ASGIApp
    done: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)
        self.done += 1

    async def is_done(self, count: int = 1) -> None:
        """Wait until that many requests were dealt with."""
        async with asyncio.timeout(5):
            while self.done < count:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


@dataclass(frozen=True, slots=True)
class Served:
    """An application on a real server."""

    app: CountedApp
    port: int


@asynccontextmanager
async def serving(
    app: ASGIApp, connection: type[BoundedConnection] = BoundedConnection
) -> AsyncIterator[Served]:
    """Run a real server on loopback, in the test's own event loop."""
    counted = CountedApp(app)
    config = uvicorn.Config(
        counted, port=0, http=connection, log_config=None, proxy_headers=False, lifespan="off"
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    try:
        yield Served(counted, server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        await running
