"""The metrics over HTTP, for Prometheus to scrape."""

import asyncio
from collections.abc import Callable
from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler

Expose = Callable[[str], tuple[bytes, str]]
"""Given an Accept header, the text and its media type."""


def metrics_handler(path: str, expose: Expose) -> HTTPRouteHandler:
    """The route that serves the metrics at `path`."""

    @get(path, include_in_schema=False)
    async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
        """All metrics in Prometheus' text format."""
        # HttpMetrics counts on the next turn of the event loop, so yield for one turn first.
        await asyncio.sleep(0)
        # A thread, because the metrics of several processes are read from files.
        text, media_type = await asyncio.to_thread(expose, request.headers.get("accept", ""))
        return Response(text, media_type=media_type)

    return metrics
