"""Owns how a request's body is read: bounded in bytes and in time (checklist H6, H13)."""

import asyncio
from typing import Any

from litestar import Request

from interfaces.http.refusals import BodyTooLarge, BodyTooSlow, ClientGone


class BoundedRequest(Request[Any, Any, Any]):
    """Reads its body itself; Litestar would wait for ever, and take a broken connection for a bug.

    The bounds are the application's state: `max_body` in bytes and `body_timeout` in seconds.
    """

    __slots__ = ()

    async def body(self) -> bytes:
        """The whole body.

        Raises:
            BodyTooLarge: the rest was not read.
            BodyTooSlow: it did not arrive in time.
            ClientGone: the connection broke before the body was complete.
        """
        state = self.app.state
        try:
            async with asyncio.timeout(state.body_timeout):
                return await self._read(state.max_body)
        except TimeoutError:
            raise BodyTooSlow from None

    async def _read(self, longest: int) -> bytes:
        body, more = bytearray(), True
        while more:
            message = await self.receive()
            if message["type"] != "http.request":
                raise ClientGone
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > longest:
                raise BodyTooLarge
        return bytes(body)
