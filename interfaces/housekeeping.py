"""Owns the periodic tasks: the work that the server repeats by itself."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from types import TracebackType

from interfaces.failure_log import FailureLog

RETRY_AFTER = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class PeriodicTask:
    """Work that is repeated. Several instances can do the same work at the same time."""

    name: str
    every: timedelta
    act: Callable[[], Awaitable[object]]
    after: timedelta = timedelta()
    """The time between the start of the server and the first run."""


@dataclass(slots=True)
class Housekeeping:
    """Runs periodic tasks in the background while the context is entered.

    A task that fails is repeated soon; its failure ends neither other tasks nor the server, and is
    logged as FailureLog says. Each pause varies by a tenth, so that instances do not run in step.
    """

    tasks: Sequence[PeriodicTask]
    failures: FailureLog = field(default_factory=FailureLog)
    _running: list[asyncio.Task[None]] = field(default_factory=list)

    async def __aenter__(self) -> "Housekeeping":
        self._running = [asyncio.create_task(self._repeat(task)) for task in self.tasks]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for running in self._running:
            running.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _repeat(self, task: PeriodicTask) -> None:
        await asyncio.sleep(task.after.total_seconds())
        while True:
            pause = task.every if await self._done(task) else min(RETRY_AFTER, task.every)
            variation = random.uniform(0.9, 1.1)  # noqa: S311 - a pause
            await asyncio.sleep(pause.total_seconds() * variation)

    async def _done(self, task: PeriodicTask) -> bool:
        try:
            await task.act()
        except Exception as error:
            self.failures.failed("taskFailed", task.name, error)
            return False
        self.failures.succeeded(task.name)
        return True
