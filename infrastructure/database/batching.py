"""Owns which requests share a statement: those that ask the database at the same time."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from dataclasses import dataclass
from enum import Enum, auto
from time import perf_counter
from typing import Generic, TypeVar

from domain.errors import Unavailable
from infrastructure.telemetry.operations import UNOBSERVED, BatchObserver

Ask = TypeVar("Ask")
Answer = TypeVar("Answer")


class Postponed(Enum):
    """In place of an answer: another transaction holds what the ask needs, so it is sent again."""

    POSTPONED = auto()


POSTPONED = Postponed.POSTPONED


@dataclass(slots=True)
class _Waiting(Generic[Ask, Answer]):
    """A caller that waits for the answer to its ask."""

    ask: Ask
    answer: asyncio.Future[Answer]
    since: float
    """Seconds of perf_counter."""


class Batch(Generic[Ask, Answer]):
    """Asks that arrive while a statement is in progress leave together with the next statement.

    A single ask leaves at once, so that an idle server adds no delay. Every caller gets its own
    answer after the statement is done; a caller that goes away harms no other. An outage fails all
    waiting callers, so that they are answered in the time of one statement, however many they are.
    An ask that is postponed is sent again until `patience` is over, and delays no other ask.

    After a short statement the next one waits for a few turns of the event loop, so that requests
    which have arrived leave with it: larger batches, each of whose asks costs less.
    """

    def __init__(
        self,
        send: Callable[[Sequence[Ask]], Awaitable[Sequence[Answer | Postponed]]],
        *,
        most_together: int = 64,
        most_waiting: int = 2048,
        short: float = 0.0015,
        turns: int = 4,
        pause: float = 0.05,
        patience: float = 1,
        observer: BatchObserver = UNOBSERVED,
    ) -> None:
        """Share `send`, which answers asks in their order, all or none.

        Args:
            send: runs one statement.
            most_together: asks in one statement. A larger batch saves nothing, and delays its first
                caller.
            most_waiting: callers that can wait; a further one gets Unavailable.
            short: seconds. After a statement that was faster, the next one waits for further asks;
                after a slower one (slow disk, long round trip) the next one leaves at once.
            turns: turns of the event loop to wait for further asks. The default is the number from
                a request's arrival to its last ask: read, find, decide, advance.
            pause: seconds until a postponed ask is sent again.
            patience: seconds after which the caller of a postponed ask gets Unavailable.
            observer: observes every ask and every batch.
        """
        self._send = send
        self._most_together = most_together
        self._most_waiting = most_waiting
        self._short = short
        self._turns = turns
        self._pause = pause
        self._patience = patience
        self._observer = observer
        self._waiting: deque[_Waiting[Ask, Answer]] = deque()
        self._sending: asyncio.Task[None] | None = None

    def __call__(self, ask: Ask) -> asyncio.Future[Answer]:
        """The answer to `ask`, to be awaited.

        Raises:
            Unavailable: too many are waiting already, or the database cannot answer now.
        """
        if len(self._waiting) >= self._most_waiting:
            raise Unavailable("databaseQueueFull")
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._enqueue(_Waiting(ask, answer, perf_counter()))
        self._observer.asked(answer)
        return answer

    def _enqueue(self, one: _Waiting[Ask, Answer]) -> None:
        self._waiting.append(one)
        if self._sending is None:
            # In a context of its own, because a batch belongs to no single request.
            self._sending = asyncio.create_task(self._send_all(), context=Context())

    async def _send_all(self) -> None:
        try:
            while batch := self._take():
                began = perf_counter()
                answered = await self._answer(batch)
                now = perf_counter()
                self._observer.sent(len(batch), [now - one.since for one in answered])
                if now - began < self._short:
                    for _ in range(self._turns):
                        await asyncio.sleep(0)
        finally:
            self._sending = None

    def _take(self) -> list[_Waiting[Ask, Answer]]:
        batch: list[_Waiting[Ask, Answer]] = []
        while self._waiting and len(batch) < self._most_together:
            one = self._waiting.popleft()
            if not one.answer.done():
                batch.append(one)
        return batch

    async def _answer(self, batch: list[_Waiting[Ask, Answer]]) -> list[_Waiting[Ask, Answer]]:
        """Send a batch; the callers that have their answer now."""
        try:
            answers = await self._send([one.ask for one in batch])
        except Unavailable as outage:
            # The callers that still wait would meet the same outage, one batch after the other.
            batch = [*batch, *self._waiting]
            self._waiting.clear()
            for one in batch:
                _fail(one.answer, outage.again())
        except Exception as error:
            if len(batch) == 1:
                _fail(batch[0].answer, error)
            else:
                # One ask failed the statement: send each alone, so that only its caller fails.
                for one in batch:
                    await self._answer([one])
        else:
            for one, answer in zip(batch, answers, strict=True):
                self._deliver(one, answer)
            batch = [one for one in batch if one.answer.done()]
        return batch

    def _deliver(self, one: _Waiting[Ask, Answer], answer: Answer | Postponed) -> None:
        if answer is not POSTPONED:
            if not one.answer.done():
                one.answer.set_result(answer)
        elif perf_counter() - one.since < self._patience:
            asyncio.get_running_loop().call_later(self._pause, self._enqueue, one)
        else:
            _fail(one.answer, Unavailable("sessionLocked"))


def _fail(answer: asyncio.Future[Answer], error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)
