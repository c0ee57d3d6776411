"""Lets requests that wait for the database at the same time share a statement."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from time import perf_counter
from typing import Generic, TypeVar

from domain.errors import Unavailable
from infrastructure.telemetry.operations import UNOBSERVED, BatchObserver

Ask = TypeVar("Ask")
Answer = TypeVar("Answer")

Waiting = tuple[Ask, asyncio.Future[Answer], float]
"""What is asked, whom to answer, and since when that one waits (seconds of perf_counter)."""

MOST_TOGETHER = 64
"""Asks in one statement: beyond that a larger batch saves nothing and delays its first caller."""
MOST_WAITING = 2048
"""Callers that may wait; one more is told to come again, for it would only wait longer."""
TURNS_TO_AN_ASK = 4
"""Turns of the event loop from a request's arrival to the last thing that it asks: to be read, to
look its session up, to be decided, to advance it."""
SHORT = 0.0015
"""Seconds that a statement takes which is worth waiting with for others. Where it takes longer, by
a slow disk or a long way, that is what everybody waits for, and it must not wait as well."""


class Batch(Generic[Ask, Answer]):
    """Whatever is asked while a statement is under way leaves together with the next one.

    A single ask leaves at once, so an idle server adds no delay. Every caller gets its own answer,
    after the statement is done; one that goes away harms no other. An outage meets all who wait, so
    that it is answered in the time of one statement, however many there are.

    After a short statement the loop comes round a few times, so that requests which are here
    already leave with the next one instead of the one after it: larger batches, each of whose asks
    costs less.
    """

    def __init__(
        self,
        send: Callable[[Sequence[Ask]], Awaitable[Sequence[Answer]]],
        *,
        most_together: int = MOST_TOGETHER,
        most_waiting: int = MOST_WAITING,
        observer: BatchObserver = UNOBSERVED,
    ) -> None:
        """Share `send`, which answers asks in their order, all or none."""
        self._send = send
        self._most_together = most_together
        self._most_waiting = most_waiting
        self._observer = observer
        self._waiting: deque[Waiting[Ask, Answer]] = deque()
        self._sending: asyncio.Task[None] | None = None

    def __call__(self, ask: Ask) -> asyncio.Future[Answer]:
        """The answer to `ask`, to be awaited.

        Raises:
            Unavailable: too many are waiting already, or the database cannot answer now.
        """
        if len(self._waiting) >= self._most_waiting:
            raise Unavailable("databaseQueueFull")
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((ask, answer, perf_counter()))
        self._observer.asked(answer)
        if self._sending is None:
            # In a context of its own: what is sent belongs to no single request.
            self._sending = asyncio.create_task(self._send_all(), context=Context())
        return answer

    async def _send_all(self) -> None:
        try:
            while batch := self._take():
                began = perf_counter()
                answered = await self._answer(batch)
                now = perf_counter()
                self._observer.sent(len(batch), [now - asked_at for _, _, asked_at in answered])
                if now - began < SHORT:
                    await _come_round()
        finally:
            self._sending = None

    def _take(self) -> list[Waiting[Ask, Answer]]:
        batch: list[Waiting[Ask, Answer]] = []
        while self._waiting and len(batch) < self._most_together:
            one = self._waiting.popleft()
            if not one[1].done():
                batch.append(one)
        return batch

    async def _answer(self, batch: list[Waiting[Ask, Answer]]) -> list[Waiting[Ask, Answer]]:
        """Those who have their answer now."""
        try:
            answers = await self._send([ask for ask, _, _ in batch])
        except Unavailable as outage:
            # Who waits behind would meet the same, one batch after the other.
            batch = [*batch, *self._waiting]
            self._waiting.clear()
            for _, future, _ in batch:
                _fail(future, Unavailable(outage.reason, outage.retry_after))
        except Exception as error:
            if len(batch) == 1:
                _fail(batch[0][1], error)
            else:
                # One ask spoiled it for all: each alone, so that the fault meets whose it is.
                for one in batch:
                    await self._answer([one])
        else:
            for (_, future, _), answer in zip(batch, answers, strict=True):
                if not future.done():
                    future.set_result(answer)
        return batch


async def _come_round() -> None:
    for _ in range(TURNS_TO_AN_ASK):
        await asyncio.sleep(0)


def _fail(future: asyncio.Future[Answer], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
