"""Owns the event loop of a server process: uvloop's, with a bound on TLS handshakes."""

import asyncio
from typing import Any

import uvloop

SECONDS_FOR_HANDSHAKE = 10.0
"""As long as a request's head can take. Python's own default is a minute."""


class EventLoop(uvloop.Loop):
    """uvicorn has no setting for the time of a handshake."""

    async def create_server(self, *arguments: Any, **options: Any) -> asyncio.Server:
        """See asyncio; with TLS, `ssl_handshake_timeout` is set."""
        if options.get("ssl") is not None:
            options.setdefault("ssl_handshake_timeout", SECONDS_FOR_HANDSHAKE)
        return await super().create_server(*arguments, **options)  # type: ignore[return-value]
