"""Owns how an instance takes its leave: not ready first, and stopped a while later (S7)."""

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType


class Leaving:
    """The port ReadinessCheck for the instance itself, which is missing once it was asked to stop.

    Between SIGTERM and the moment when no more connections are taken, load balancers have `notice`
    to see that the instance is not ready, and to send nobody any more.
    """

    def __init__(self, notice: timedelta) -> None:
        self._notice = notice
        self._is_leaving = False

    async def problem(self) -> str | None:
        """`stopping`, or None."""
        return "stopping" if self._is_leaving else None

    @contextmanager
    def announced(self) -> Iterator[None]:
        """Put the notice between SIGTERM and whoever handles it now; a second one stops at once."""
        if not self._notice or threading.current_thread() is not threading.main_thread():
            yield
            return
        loop, stop = asyncio.get_running_loop(), signal.getsignal(signal.SIGTERM)
        if not callable(stop):  # nobody would stop: SIGTERM just ends the process
            yield
            return

        def leave(number: int, _frame: FrameType | None) -> None:
            notice = timedelta() if self._is_leaving else self._notice
            self._is_leaving = True
            loop.call_soon_threadsafe(loop.call_later, notice.total_seconds(), stop, number, None)

        signal.signal(signal.SIGTERM, leave)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, stop)
