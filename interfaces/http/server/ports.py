"""Owns which paths are served on which port."""

from collections.abc import Callable, Mapping

from litestar.enums import ScopeType
from litestar.exceptions import NotFoundException
from litestar.types import ASGIApp, Receive, Scope, Send

from interfaces.http.wire.errors import send_error
from interfaces.http.wire.json_errors import JSON_ERRORS

IsServed = Callable[[str], bool]
"""Whether a port that is kept for some paths serves this one."""


class PortMiddleware:
    """Serves some paths on a port of their own.

    A port of this kind serves its own paths and nothing else, and no other port serves them. Every
    other request is answered 404, before routing. The connection's own port counts, which no header
    changes. The middleware is served behind a RequestTargetMiddleware, which lets one spelling of
    each path through.
    """

    def __init__(self, app: ASGIApp, paths: Mapping[int, IsServed]) -> None:
        """`paths` says which paths each port is kept for."""
        self._app = app
        self._paths = dict(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and not self._is_served_here(scope):
            await send_error(send, NotFoundException(), JSON_ERRORS)
            return
        await self._app(scope, receive, send)

    def _is_served_here(self, scope: Scope) -> bool:
        path, server = scope["path"], scope["server"]
        port = server[1] if server else None
        if port in self._paths:
            return self._paths[port](path)
        return not any(is_served(path) for is_served in self._paths.values())
