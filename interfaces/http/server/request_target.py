"""Owns what a request asks for before it is routed: one spelling of each path, and HEAD as GET."""

import re
from functools import lru_cache

from litestar.enums import ScopeType
from litestar.exceptions import NotFoundException
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from interfaces.http.wire.allowed_methods import with_head
from interfaces.http.wire.errors import send_error
from interfaces.http.wire.exchange import CURRENT
from interfaces.http.wire.json_errors import JSON_ERRORS

# Empty and dot segments, a slash at the end, a percent sign that encodes nothing, a slash or an
# unreserved character (RFC 3986 section 6.2.2).
_MISSPELT = re.compile(
    rb"//|/\.{1,2}(?:/|$)|.+/$|%(?![0-9A-F]{2})|%2F|%00"
    rb"|%(?:2[DE]|3[0-9]|[46][1-9A-F]|[57][0-9A]|5F|7E)"
).search


class RequestTargetMiddleware:
    """Routes each path in one spelling, and answers HEAD as GET.

    The framework also serves `//metrics`, `/metrics/` and `/%6Detrics` as `/metrics`, so a rule of
    a proxy for `/metrics` would close one spelling and leave the others open. Here every other
    spelling is answered 404. The server cuts the body of an answer to HEAD.

    Below a path prefix (ASGI's root_path), the router receives the path without the prefix.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        root = scope.get("root_path")
        if (root and not _cut(scope, root)) or _is_misspelt(scope):
            await send_error(send, NotFoundException(), JSON_ERRORS)
            return
        if scope["method"] == "HEAD":
            # A copy, because the server reads in its own scope that the answer has no body.
            scope = {**scope, "method": "GET"}
            CURRENT.get().scope = scope
        elif scope["method"] == "OPTIONS":
            send = _naming_head(send)
        await self._app(scope, receive, send)


def _cut(scope: Scope, root: str) -> bool:
    """Cut the prefix off the path; False for a path outside of the prefix."""
    encoded = root.encode()
    raw = scope.get("raw_path") or scope["path"].encode()
    if not scope["path"].startswith(root) or not raw.startswith(encoded):
        return False
    scope["path"] = scope["path"][len(root) :] or "/"
    scope["raw_path"] = raw[len(encoded) :] or b"/"
    scope["root_path"] = ""
    return True


def _is_misspelt(scope: Scope) -> bool:
    raw = scope.get("raw_path") or scope["path"].encode()
    return _has_a_fault(raw)


# A cache because clients ask for the same few paths again and again.
@lru_cache(256)
def _has_a_fault(raw_path: bytes) -> bool:
    return _MISSPELT(raw_path) is not None


def _naming_head(send: Send) -> Send:
    """The framework does not know that HEAD is allowed."""

    async def send_named(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [
                (name, with_head(value.decode()).encode() if name.lower() == b"allow" else value)
                for name, value in message["headers"]
            ]
        await send(message)

    return send_named
