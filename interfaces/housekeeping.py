"""Owns the periodic tasks: the work that the server repeats by itself."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from types import TracebackType

import structlog

from domain.errors import RemintError

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

    A task that fails is logged and repeated soon; its failure ends neither other tasks nor the
    server. Each pause varies by a tenth, so that instances do not run in step.
    """

    tasks: Sequence[PeriodicTask]
    _running: list[asyncio.Task[None]] = field(default_factory=list)

    async def __aenter__(self) -> "Housekeeping":
        self._running = [asyncio.create_task(_repeat(task)) for task in self.tasks]
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


async def _repeat(task: PeriodicTask) -> None:
    await asyncio.sleep(task.after.total_seconds())
    while True:
        pause = task.every if await _done(task) else min(RETRY_AFTER, task.every)
        await asyncio.sleep(pause.total_seconds() * random.uniform(0.9, 1.1))  # noqa: S311 - a pause


async def _done(task: PeriodicTask) -> bool:
    log = structlog.get_logger("remint.housekeeping")
    try:
        await task.act()
    except RemintError as error:
        log.warning("taskFailed", task=task.name, reason=getattr(error, "reason", str(error)))
        return False
    except Exception:
        log.exception("taskFailed", task=task.name)
        return False
    return True
