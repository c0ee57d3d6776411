"""Owns how a request's body is read: bounded in bytes and in time (checklist H6, H13)."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from litestar import Request
from litestar.types import Receive

from interfaces.http.refusals import BodyTooLarge, BodyTooSlow, ClientGone


@dataclass(frozen=True, slots=True)
class BodyBounds:
    """How long a body may be, in bytes, and how long it may take to arrive."""

    longest: int
    slowest: timedelta

    async def read(self, receive: Receive) -> bytes:
        """The whole body.

        Raises:
            BodyTooLarge: the rest was not read.
            BodyTooSlow: it did not arrive in time.
            ClientGone: the connection broke before the body was complete.
        """
        try:
            async with asyncio.timeout(self.slowest.total_seconds()):
                return await self._read(receive)
        except TimeoutError:
            raise BodyTooSlow from None

    async def _read(self, receive: Receive) -> bytes:
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                raise ClientGone
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self.longest:
                raise BodyTooLarge
        return body


class BoundedRequest(Request[Any, Any, Any]):
    """Reads its body itself; Litestar would wait for ever, and take a broken connection for a bug.

    The bounds are the application's state: `body_bounds`.
    """

    __slots__ = ()

    async def body(self) -> bytes:
        """The whole body; see BodyBounds."""
        bounds: BodyBounds = self.app.state.body_bounds
        return await bounds.read(self.receive)
