"""Time as a caller: what the server does by itself, now and then, beside answering requests."""

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
class Chore:
    """Something to do again and again, safe to be done by several instances at once."""

    name: str
    every: timedelta
    act: Callable[[], Awaitable[object]]
    after: timedelta = timedelta()
    """How long after the start it is done first."""


@dataclass(slots=True)
class Housekeeping:
    """Does chores in the background while it is entered.

    A chore that fails is logged and tried again soon; it ends neither the others nor the server.
    Each pause is varied by a tenth, so that instances do not move in step.
    """

    chores: Sequence[Chore]
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def __aenter__(self) -> "Housekeeping":
        self._tasks = [asyncio.create_task(_repeat(chore)) for chore in self.chores]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _repeat(chore: Chore) -> None:
    await asyncio.sleep(chore.after.total_seconds())
    while True:
        pause = chore.every if await _done(chore) else min(RETRY_AFTER, chore.every)
        await asyncio.sleep(pause.total_seconds() * random.uniform(0.9, 1.1))  # noqa: S311 - a pause


async def _done(chore: Chore) -> bool:
    log = structlog.get_logger("remint.housekeeping")
    try:
        await chore.act()
    except RemintError as error:
        log.warning("choreFailed", chore=chore.name, reason=getattr(error, "reason", str(error)))
        return False
    except Exception:
        log.exception("choreFailed", chore=chore.name)
        return False
    return True
