"""Owns the graceful stop of an instance: not ready first, and stopped after the drain delay."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType


class GracefulStop:
    """The port ReadinessCheck for the instance itself: not ready from SIGTERM on.

    Between SIGTERM and the end of the drain delay the instance serves as before, so that load
    balancers have time to see that the instance is not ready.
    """

    def __init__(self, drain_delay: timedelta, at_stop: Callable[[], None] | None = None) -> None:
        """Stop after `drain_delay`, and call `at_stop` right before."""
        self._drain_delay = drain_delay
        self._at_stop = at_stop
        self._is_stopping = False

    async def problem(self) -> str | None:
        """`stopping`, or None."""
        return "stopping" if self._is_stopping else None

    @contextmanager
    def on_sigterm(self) -> Iterator[None]:
        """Delay the present handler of SIGTERM by the drain delay; a second SIGTERM is not delayed.

        Changes nothing if there is no handler to delay, or if this is not the main thread, which
        alone can handle signals.
        """
        stop = signal.getsignal(signal.SIGTERM)
        is_main = threading.current_thread() is threading.main_thread()
        if not (is_main and callable(stop)):
            yield
            return
        loop = asyncio.get_running_loop()

        def drain(number: int, _frame: FrameType | None) -> None:
            delay = timedelta() if self._is_stopping else self._drain_delay
            self._is_stopping = True
            loop.call_soon_threadsafe(loop.call_later, delay.total_seconds(), end, number)

        def end(number: int) -> None:
            if self._at_stop is not None:
                self._at_stop()
            stop(number, None)

        signal.signal(signal.SIGTERM, drain)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, stop)
