"""Owns which web pages can call the service (CORS), and how a preflight request is answered."""

from collections.abc import Collection, Iterable

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from interfaces.http.wire.errors import send_error
from interfaces.http.wire.json_errors import JSON_ERRORS
from interfaces.http.wire.request_errors import OriginNotAllowed

METHODS = ("DELETE", "GET", "HEAD", "POST")
REQUEST_HEADERS = (
    *("Accept", "Accept-Language", "Authorization", "Baggage", "Cache-Control"),
    *("Content-Language", "Content-Type", "DPoP", "If-None-Match"),
    *("Traceparent", "Tracestate", "X-Request-Id", "X-Requested-With"),
)
"""Those that Remint reads, and those that browser libraries add to every request."""
EXPOSED = b"DPoP-Nonce, Retry-After, WWW-Authenticate, X-Request-Id"
ALLOW_ORIGIN = b"access-control-allow-origin"
_KNOWN = frozenset(name.lower() for name in REQUEST_HEADERS)
_PREFLIGHT = {
    "Access-Control-Allow-Methods": ", ".join(METHODS),
    "Access-Control-Allow-Headers": ", ".join(REQUEST_HEADERS),
    "Access-Control-Max-Age": "600",
}


class OriginsMiddleware:
    """Lets pages of the configured origins read answers, and every page read public documents."""

    def __init__(self, app: ASGIApp, origins: Iterable[str], public: Collection[str]) -> None:
        """`public` are the paths of documents that are the same for every reader."""
        self._app = app
        self._origins = frozenset(origin.encode() for origin in origins)
        self._public = frozenset(public)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        if scope["path"] in self._public:
            await self._serve(scope, receive, send, b"*")
        elif self._origins:
            origin = header(scope, b"origin")
            await self._serve(scope, receive, send, origin if origin in self._origins else b"")
        else:
            await self._app(scope, receive, send)

    async def _serve(self, scope: HTTPScope, receive: Receive, send: Send, allowed: bytes) -> None:
        headers = _answer_headers(allowed)

        async def send_shared(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *headers]
            await send(message)

        method = header(scope, b"access-control-request-method").decode("latin-1")
        if scope["method"] != "OPTIONS" or not method or not header(scope, b"origin"):
            await self._app(scope, receive, send_shared)
        elif not allowed or method not in METHODS or not _knows_all_headers(scope):
            await send_error(send_shared, OriginNotAllowed(), JSON_ERRORS)
        else:
            more = [(name.lower().encode(), value.encode()) for name, value in _PREFLIGHT.items()]
            await send_shared({"type": "http.response.start", "status": 204, "headers": more})
            await send({"type": "http.response.body", "body": b"", "more_body": False})


def header(scope: Scope, wanted: bytes) -> bytes:
    """The value of the first header of that name; empty where there is none."""
    for name, value in scope["headers"]:
        if name == wanted:
            return value
    return b""


def _answer_headers(allowed: bytes) -> list[tuple[bytes, bytes]]:
    # Only an answer that is the same for every origin can be cached without regard to the origin.
    vary = [] if allowed == b"*" else [(b"vary", b"Origin")]
    if not allowed:
        return vary
    return [*vary, (ALLOW_ORIGIN, allowed), (b"access-control-expose-headers", EXPOSED)]


def _knows_all_headers(scope: Scope) -> bool:
    asked = header(scope, b"access-control-request-headers").decode("latin-1").split(",")
    return {name.strip().lower() for name in asked} - {""} <= _KNOWN
