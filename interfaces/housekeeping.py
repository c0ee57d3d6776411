"""Owns the periodic tasks: the work that the server repeats by itself."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from types import TracebackType

import structlog

from domain.errors import RemintError, Unavailable

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

    A task that fails is repeated soon, and logged when the reason changes; its failure ends neither
    other tasks nor the server. Each pause varies by a tenth, so that instances do not run in step.
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
    log, failure = structlog.get_logger("remint.housekeeping"), None
    while True:
        before, failure = failure, await _failure(task)
        if failure is not None and failure != before:
            log.warning("taskFailed", task=task.name, exc_info=failure.error, **failure.why)
        if failure is None and before is not None:
            log.info("taskSucceeded", task=task.name)
        pause = min(RETRY_AFTER, task.every) if failure else task.every
        await asyncio.sleep(pause.total_seconds() * random.uniform(0.9, 1.1))  # noqa: S311 - a pause


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why a task failed. Two failures are equal if they have the same reason."""

    why: dict[str, str]
    error: BaseException | None = field(default=None, compare=False)


async def _failure(task: PeriodicTask) -> _Failure | None:
    try:
        await task.act()
    except Unavailable as outage:
        return _Failure({"reason": outage.reason, "code": outage.code})
    except RemintError as error:
        return _Failure({"reason": str(error)})
    except Exception as error:
        return _Failure({"reason": type(error).__name__}, error)
    return None
