"""Lets requests that wait for the database at the same time share a statement."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

from domain.errors import Unavailable

Ask = TypeVar("Ask")
Answer = TypeVar("Answer")

MOST_TOGETHER = 64
"""Asks in one statement: beyond that a larger batch saves nothing and delays its first caller."""
MOST_WAITING = 2048
"""Callers that may wait; one more is told to come again, for it would only wait longer."""


class Batch(Generic[Ask, Answer]):
    """Whatever is asked while a statement is under way leaves together with the next one.

    A single ask leaves at once, so an idle server adds no delay. Every caller gets its own answer,
    after the statement is done; one that goes away harms no other. An outage meets all who wait, so
    that it is answered in the time of one statement, however many there are.
    """

    def __init__(
        self,
        send: Callable[[Sequence[Ask]], Awaitable[Sequence[Answer]]],
        *,
        most_together: int = MOST_TOGETHER,
        most_waiting: int = MOST_WAITING,
        on_batch: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Share `send`, which answers asks in their order, all or none.

        Args:
            on_batch: told the size of every batch.
        """
        self._send = send
        self._most_together = most_together
        self._most_waiting = most_waiting
        self._on_batch = on_batch
        self._waiting: deque[tuple[Ask, asyncio.Future[Answer]]] = deque()
        self._sending: asyncio.Task[None] | None = None

    async def __call__(self, ask: Ask) -> Answer:
        """The answer to `ask`.

        Raises:
            Unavailable: too many are waiting already, or the database cannot answer now.
        """
        if len(self._waiting) >= self._most_waiting:
            raise Unavailable("databaseQueueFull")
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((ask, answer))
        if self._sending is None:
            # In a context of its own: what is sent belongs to no single request.
            self._sending = asyncio.create_task(self._send_all(), context=Context())
        return await answer

    async def _send_all(self) -> None:
        try:
            while batch := self._take():
                self._on_batch(len(batch))
                await self._answer(batch)
        finally:
            self._sending = None

    def _take(self) -> list[tuple[Ask, asyncio.Future[Answer]]]:
        batch: list[tuple[Ask, asyncio.Future[Answer]]] = []
        while self._waiting and len(batch) < self._most_together:
            ask, answer = self._waiting.popleft()
            if not answer.done():
                batch.append((ask, answer))
        return batch

    async def _answer(self, batch: list[tuple[Ask, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._send([ask for ask, _ in batch])
        except Unavailable as outage:
            # Who waits behind would meet the same, one batch after the other.
            for _, future in [*batch, *self._waiting]:
                _fail(future, Unavailable(outage.reason, outage.retry_after))
            self._waiting.clear()
        except Exception as error:
            if len(batch) == 1:
                _fail(batch[0][1], error)
                return
            # One ask spoiled it for all: each alone, so that the fault meets whom it belongs to.
            for one in batch:
                await self._answer([one])
        else:
            for (_, future), answer in zip(batch, answers, strict=True):
                if not future.done():
                    future.set_result(answer)


def _fail(future: asyncio.Future[Answer], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
