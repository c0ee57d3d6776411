"""Statements that wait leave together; every caller gets its own answer and harms no other."""

import asyncio
from collections.abc import Sequence
from contextvars import ContextVar
from datetime import timedelta

import pytest

from domain.errors import Unavailable
from infrastructure.database.batching import Batch
from infrastructure.telemetry.operations import Unobserved

pytestmark = pytest.mark.anyio

RETRY_AFTER = timedelta(seconds=7)


class Doubling:
    """A database that doubles numbers, one statement at a time, when it is let."""

    def __init__(self) -> None:
        self.statements: list[list[int]] = []
        self.spoiled_by: int | None = None
        self.is_down = False
        self.gate = asyncio.Event()

    async def __call__(self, asks: Sequence[int]) -> list[int]:
        self.statements.append(list(asks))
        await self.gate.wait()
        if self.is_down:
            raise Unavailable("databaseUnavailable", RETRY_AFTER)
        if self.spoiled_by in asks:
            raise ValueError("a value that no column takes")
        return [2 * ask for ask in asks]


@pytest.fixture
def database() -> Doubling:
    return Doubling()


async def ask(batch: Batch[int, int], *asks: int) -> list[asyncio.Future[int]]:
    """Ask all at once, and let the statement in progress, if any, be the first one's alone."""
    answers = [batch(asks[0])]
    await asyncio.sleep(0.01)
    answers += [batch(one) for one in asks[1:]]
    await asyncio.sleep(0.01)
    return answers


async def test_a_single_ask_leaves_at_once_and_the_rest_leaves_together(
    database: Doubling,
) -> None:
    asked = await ask(Batch(database), 1, 2, 3, 4)
    assert database.statements == [[1]]
    database.gate.set()
    assert await asyncio.gather(*asked) == [2, 4, 6, 8]
    assert database.statements == [[1], [2, 3, 4]]


async def test_who_comes_within_moments_of_a_short_statement_shares_the_next(
    database: Doubling,
) -> None:
    database.gate.set()
    batch = Batch(database, short=60)
    assert await batch(1) == 2
    second = batch(2)
    await asyncio.sleep(0)
    third = batch(3)
    assert [await second, await third] == [4, 6]
    assert database.statements == [[1], [2, 3]]


async def test_after_a_long_statement_the_next_leaves_at_once(database: Doubling) -> None:
    batch = Batch(database)
    (first,) = await ask(batch, 1)
    database.gate.set()
    assert await first == 2
    second = batch(2)
    await asyncio.sleep(0)
    third = batch(3)
    assert [await second, await third] == [4, 6]
    assert database.statements == [[1], [2], [3]]


class Telling(Unobserved):
    def __init__(self, told: list[tuple[int, Sequence[float]]]) -> None:
        self.told = told

    def sent(self, size: int, seconds: Sequence[float]) -> None:
        self.told.append((size, seconds))


async def test_an_observer_is_told_of_every_batch_and_of_how_long_each_caller_waited(
    database: Doubling,
) -> None:
    told: list[tuple[int, Sequence[float]]] = []
    batch = Batch(database, observer=Telling(told))
    asked = await ask(batch, 1, 2, 3)
    database.gate.set()
    await asyncio.gather(*asked)
    assert [size for size, _ in told] == [1, 2]
    first, others = (seconds for _, seconds in told)
    assert len(first) == 1
    assert len(others) == 2
    assert first[0] > max(others) >= 0.01


async def test_an_observer_is_told_how_long_the_callers_waited_that_an_outage_met(
    database: Doubling,
) -> None:
    told: list[tuple[int, Sequence[float]]] = []
    batch = Batch(database, observer=Telling(told))
    database.is_down = True
    asked = await ask(batch, 1, 2, 3)
    database.gate.set()
    await asyncio.gather(*asked, return_exceptions=True)
    assert [(size, len(seconds)) for size, seconds in told] == [(1, 3)]


async def test_no_statement_is_larger_than_allowed(database: Doubling) -> None:
    asked = await ask(Batch(database, most_together=2), 1, 2, 3, 4, 5, 6)
    database.gate.set()
    await asyncio.gather(*asked)
    assert database.statements == [[1], [2, 3], [4, 5], [6]]


async def test_one_caller_too_many_is_told_to_come_again(database: Doubling) -> None:
    batch = Batch(database, most_waiting=2)
    asked = await ask(batch, 1, 2, 3)
    with pytest.raises(Unavailable) as refused:
        await batch(4)
    assert refused.value.reason == "databaseQueueFull"
    database.gate.set()
    assert await asyncio.gather(*asked) == [2, 4, 6]


async def test_a_fault_meets_only_whom_it_belongs_to(database: Doubling) -> None:
    database.spoiled_by = 3
    asked = await ask(Batch(database), 1, 2, 3, 4)
    database.gate.set()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [answers[0], answers[1], answers[3]] == [2, 4, 8]
    assert isinstance(answers[2], ValueError)


async def test_an_outage_meets_everybody_and_each_gets_an_error_of_its_own(
    database: Doubling,
) -> None:
    database.is_down = True
    asked = await ask(Batch(database), 1, 2, 3)
    database.gate.set()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(answer) for answer in answers] == [Unavailable] * 3
    assert len({id(answer) for answer in answers}) == 3
    assert database.statements == [[1]], "an outage is not made worse by repeating"


async def test_a_caller_that_goes_away_harms_no_other_and_is_not_asked_for(
    database: Doubling,
) -> None:
    asked = await ask(Batch(database), 1, 2, 3)
    asked[0].cancel()
    asked[1].cancel()
    await asyncio.sleep(0)
    database.gate.set()
    assert await asked[2] == 6
    assert database.statements == [[1], [3]]


async def test_it_goes_on_after_an_outage(database: Doubling) -> None:
    batch = Batch(database)
    database.is_down = True
    database.gate.set()
    with pytest.raises(Unavailable):
        await batch(1)
    database.is_down = False
    assert await batch(2) == 4


@pytest.mark.proves("S6")
async def test_an_outage_meets_all_who_wait_in_the_time_of_one_statement(
    database: Doubling,
) -> None:
    """However many wait, nobody waits longer than for one time-out."""
    batch = Batch(database, most_together=2)
    database.is_down = True
    asked = await ask(batch, 1, 2, 3, 4, 5, 6)
    database.gate.set()
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    told = {(one.reason, one.retry_after) for one in outcomes if isinstance(one, Unavailable)}
    assert told == {("databaseUnavailable", RETRY_AFTER)}
    assert len({id(outcome) for outcome in outcomes}) == 6  # each caller raises an error of its own
    assert database.statements == [[1]]
    database.is_down = False
    assert await batch(7) == 14


async def test_a_batch_belongs_to_no_request() -> None:
    """So that no log line and no span of it carries the id of the request that came first."""
    request_id: ContextVar[str] = ContextVar("request_id", default="none")
    seen = list[str]()

    async def send(asks: Sequence[int]) -> list[int]:
        seen.append(request_id.get())
        return list(asks)

    request_id.set("the first request's")
    assert await Batch(send)(1) == 1
    assert seen == ["none"]


async def test_an_observer_sees_each_answer_that_is_awaited(database: Doubling) -> None:
    awaited = list[asyncio.Future[int]]()

    class Seeing(Unobserved):
        def asked(self, answer: asyncio.Future[int]) -> None:
            awaited.append(answer)

    database.gate.set()
    asked = await ask(Batch(database, observer=Seeing()), 1, 2)
    assert awaited == asked


async def test_64_asks_share_a_statement_and_2048_wait_unless_told_otherwise(
    database: Doubling,
) -> None:
    batch = Batch(database)
    asked = await ask(batch, *range(2049))
    with pytest.raises(Unavailable) as refused:
        batch(2049)
    assert refused.value.reason == "databaseQueueFull"
    database.gate.set()
    await asyncio.gather(*asked)
    assert [len(statement) for statement in database.statements] == [1] + [64] * 32


async def test_after_a_short_statement_the_next_batch_leaves_four_turns_later(
    database: Doubling,
) -> None:
    database.gate.set()
    batch = Batch(database, short=60)
    assert await batch(1) == 2
    second, sent, turns = batch(2), len(database.statements), 0
    while len(database.statements) == sent:
        await asyncio.sleep(0)
        turns += 1
    assert await second == 4
    assert turns == 4
