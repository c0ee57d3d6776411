"""Owns how a request's body is read: bounded in bytes and in time (checklist H6, H13)."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from litestar import Request
from litestar.types import Receive

from interfaces.http.wire.request_errors import BodyTooLarge, BodyTooSlow, ClientGone


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
        deadline = _Deadline(self.slowest)
        try:
            return await self._read(receive)
        except asyncio.CancelledError:
            if deadline.has_passed:
                deadline.forgive()
                raise BodyTooSlow from None
            raise
        finally:
            deadline.lift()

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


class _Deadline:
    """Breaks into the running task when time is over, as asyncio.timeout does.

    It knows no nesting and no moving, and takes a third of the time: nearly always a body is there
    already, and then all that is paid is the watch.
    """

    __slots__ = ("_task", "_timer", "has_passed")

    def __init__(self, after: timedelta) -> None:
        self.has_passed = False
        self._task = asyncio.current_task()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(after.total_seconds(), self._pass)

    def forgive(self) -> None:
        """The task goes on: nobody else wanted it to end."""
        if self._task is not None:
            self._task.uncancel()

    def lift(self) -> None:
        self._timer.cancel()

    def _pass(self) -> None:
        if self._task is not None:
            self.has_passed = True
            self._task.cancel()


class BoundedRequest(Request[Any, Any, Any]):
    """Reads its body itself; Litestar would wait for ever, and take a broken connection for a bug.

    The bounds are the application's state: `body_bounds`.
    """

    __slots__ = ()

    async def body(self) -> bytes:
        """The whole body; see BodyBounds."""
        bounds: BodyBounds = self.app.state.body_bounds
        return await bounds.read(self.receive)
