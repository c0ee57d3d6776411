"""Owns the lean way to answer a route: no request object, no response object, no injection."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import msgspec
from litestar.types import ASGIApp, Receive, Scope, Send

from interfaces.http.wire.request_body import BodyBounds
from interfaces.http.wire.request_headers import Headers

Body = TypeVar("Body", covariant=True)
Decoded = TypeVar("Decoded")
Middleware = Callable[[ASGIApp], ASGIApp]
_JSON = (b"content-type", b"application/json")


class BodyFormat(Protocol[Body]):
    """How a body is decoded, and which request headers are understood with it."""

    def __call__(self, headers: Headers, body: bytes) -> Body:
        """The decoded body; raises an error of the table for every other body."""


Act = Callable[[Decoded, Receive], Awaitable[msgspec.Struct]]
"""Given the decoded body and the connection, the body of the answer."""


def lean_route(body: BodyFormat[Decoded], bounds: BodyBounds, act: Act[Decoded]) -> Middleware:
    """A middleware for one route that answers the request itself, with status 200 and JSON.

    Litestar puts a route's own `middleware=` around that route and method only, and calls it after
    routing. Paths, methods, `Allow`, OPTIONS, CORS, hosts and the exception handlers of the route
    therefore stay with the framework: an error that is raised here is answered as everywhere else.

    The handler that is decorated documents the operation and never runs. Guards,
    dependencies, `before_request` and `after_request` of that handler do not run either.
    """
    encode = msgspec.json.Encoder().encode
    read = bounds.read

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        data = body(scope["headers"], await read(receive))
        content = encode(await act(data, receive))
        length = (b"content-length", b"%d" % len(content))
        await send({"type": "http.response.start", "status": 200, "headers": [_JSON, length]})
        await send({"type": "http.response.body", "body": content, "more_body": False})

    def instead_of_the_handler(app: ASGIApp) -> ASGIApp:
        return answer

    return instead_of_the_handler
