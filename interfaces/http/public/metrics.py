"""The metrics over HTTP, for Prometheus to scrape."""

import asyncio
from collections.abc import Callable
from typing import Any

from litestar import Request, Response, get
from litestar.enums import ScopeType
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

Expose = Callable[[str], tuple[bytes, str]]
"""Given an Accept header, the text and its media type."""
NOWHERE = "/nothing-else-here"


def metrics_handler(path: str, port: int | None, expose: Expose) -> HTTPRouteHandler:
    """What serves the metrics at `path`; on that port only, if there is one."""

    @get(path, include_in_schema=False)
    async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
        """All metrics in Prometheus' text format."""
        if port is not None and _port_of(request.scope) != port:
            raise NotFoundException
        # Several processes' metrics are read from files.
        text, media_type = await asyncio.to_thread(expose, request.headers.get("accept", ""))
        return Response(text, media_type=media_type)

    return metrics


class NothingElseOn:
    """Keeps a port to one path: what else the application serves is not there."""

    def __init__(self, app: ASGIApp, port: int, path: str) -> None:
        self._app = app
        self._port = port
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and self._is_out_of_place(scope):
            scope["path"] = NOWHERE
        await self._app(scope, receive, send)

    def _is_out_of_place(self, scope: Scope) -> bool:
        return _port_of(scope) == self._port and scope["path"] != self._path


def _port_of(scope: Scope) -> int | None:
    server = scope["server"]
    return server[1] if server else None
