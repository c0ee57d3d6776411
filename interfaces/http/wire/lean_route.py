"""Owns the lean way to answer a route: no request object, no response object, no injection."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

import msgspec
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, ExceptionHandlersMap, Receive, Scope, Send

from interfaces.http.wire.request_body import BodyBounds
from interfaces.http.wire.request_headers import Headers

Body = TypeVar("Body", covariant=True)
Decoded = TypeVar("Decoded")
_JSON = (b"content-type", b"application/json")


class BodyFormat(Protocol[Body]):
    """How a body is decoded, and which request headers are understood with it."""

    def __call__(self, headers: Headers, body: bytes) -> Body:
        """The decoded body; raises an error of the table for every other body."""


Act = Callable[[Decoded, Scope, Receive], Awaitable[msgspec.Struct]]
"""Given the decoded body, the routed request and the connection, the body of the answer."""
Admit = Callable[[Scope], Awaitable[None]]
"""Raises for a request that is refused whatever its body is."""


class LeanRoute(HTTPRouteHandler):
    """Declares a POST route, as `@post` does, and answers it with JSON by itself.

    The answer comes from a middleware of this one route. Litestar calls it after routing, so paths,
    methods, `Allow`, OPTIONS, CORS, hosts and exception handlers stay with the framework: an error
    that is raised here is answered as everywhere else.

    The decorated function documents the operation and never runs. Guards, dependencies and hooks
    of the route do not run either.
    """

    __slots__ = ("_merged",)

    def __init__(
        self,
        path: str,
        body: BodyFormat[Decoded],
        bounds: BodyBounds,
        act: Act[Decoded],
        *,
        admit: Admit | None = None,
        status_code: int = 200,
        **documented: Any,
    ) -> None:
        """`documented` goes to the framework; `admit` is called before the body is read."""
        answer = _lean(body, bounds, act, admit, status_code)
        super().__init__(
            path,
            http_method=HttpMethod.POST,
            status_code=status_code,
            middleware=[lambda app: answer],
            **documented,
        )
        self._merged: ExceptionHandlersMap | None = None

    def resolve_exception_handlers(self) -> ExceptionHandlersMap:
        """The handlers of all layers, merged once: the framework would merge at every request."""
        if self._merged is None:
            self._merged = super().resolve_exception_handlers()
        return self._merged


def _lean(
    body: BodyFormat[Decoded],
    bounds: BodyBounds,
    act: Act[Decoded],
    admit: Admit | None,
    status: int,
) -> ASGIApp:
    read, encode = bounds.read, msgspec.json.Encoder().encode

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if admit is not None:
            await admit(scope)
        data = body(scope["headers"], await read(receive))
        content = encode(await act(data, scope, receive))
        length = (b"content-length", b"%d" % len(content))
        await send({"type": "http.response.start", "status": status, "headers": [_JSON, length]})
        await send({"type": "http.response.body", "body": content, "more_body": False})

    return answer
