"""Owns how the body of a request is read: within bounds of bytes and of time."""

import asyncio
from collections.abc import Generator
from dataclasses import dataclass
from datetime import timedelta
from types import coroutine
from typing import Any

from litestar import Request
from litestar.types import Receive

from interfaces.http.wire.request_errors import BodyTooLarge, BodyTooSlow, ClientGone


@dataclass(frozen=True, slots=True)
class BodyBounds:
    """The longest body, in bytes, and the longest time for it to arrive."""

    longest: int
    slowest: timedelta

    @coroutine
    def read(self, receive: Receive) -> Generator[Any, Any, bytes]:
        """The whole body.

        Raises:
            BodyTooLarge: the rest was not read.
            BodyTooSlow: the body did not arrive in time.
            ClientGone: the connection closed before the body was complete.
        """
        # A timer costs more than all the rest. A deadline is set only for a body that has to be
        # waited for, and nearly every body has arrived with its head.
        steps = self._read(receive).__await__()
        try:
            awaited = next(steps)
        except StopIteration as arrived:
            return arrived.value  # type: ignore[no-any-return]
        deadline = _Deadline(self.slowest)
        try:
            yield awaited
            return (yield from steps)
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
    """Cancels the running task after a while, as asyncio.timeout does.

    asyncio.timeout cannot be entered in the middle of waiting.
    """

    __slots__ = ("_task", "_timer", "has_passed")

    def __init__(self, after: timedelta) -> None:
        self.has_passed = False
        self._task = asyncio.current_task()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(after.total_seconds(), self._pass)

    def forgive(self) -> None:
        """Let the task continue: nothing else has cancelled it."""
        if self._task is not None:
            self._task.uncancel()

    def lift(self) -> None:
        self._timer.cancel()

    def _pass(self) -> None:
        if self._task is not None:
            self.has_passed = True
            self._task.cancel()


def bounded_request(bounds: BodyBounds) -> type[Request[Any, Any, Any]]:
    """The class of requests that read their body within bounds.

    Litestar's own request would wait for ever, and would treat a broken connection as a bug.
    """

    class BoundedRequest(Request[Any, Any, Any]):
        """Reads its body as BodyBounds says."""

        __slots__ = ()

        async def body(self) -> bytes:
            return await bounds.read(self.receive)

    return BoundedRequest
