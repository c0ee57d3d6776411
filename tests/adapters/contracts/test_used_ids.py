"""What every memory of used assertions promises (domain.ports.assertions.UsedAssertions)."""

import asyncio

import pytest

from domain.ports.assertions import UsedAssertions
from tests.support.fakes.builders import HOUR, NOON

pytestmark = pytest.mark.anyio

CALLERS = 20


async def test_exactly_one_of_many_racing_callers_uses_an_assertion(
    used_assertions: UsedAssertions,
) -> None:
    tries = [used_assertions.use("shop", "1", NOON + HOUR) for _ in range(CALLERS)]
    assert sum(await asyncio.gather(*tries)) == 1
    assert not await used_assertions.use("shop", "1", NOON + 2 * HOUR)


async def test_an_id_is_that_of_its_issuer(used_assertions: UsedAssertions) -> None:
    for issuer, assertion_id in (("shop", "1"), ("sho", "p1"), ("shop1", ""), ("other", "1")):
        assert await used_assertions.use(issuer, assertion_id, NOON)


async def test_ids_are_forgotten_once_they_are_over(used_assertions: UsedAssertions) -> None:
    for number in range(5):
        assert await used_assertions.use("shop", str(number), NOON + number * HOUR)
    assert await used_assertions.purge(NOON + 2 * HOUR, 2) == 2
    assert await used_assertions.purge(NOON + 2 * HOUR, 2) == 1
    assert await used_assertions.purge(NOON + 2 * HOUR, 2) == 0
    assert [await used_assertions.use("shop", str(number), NOON) for number in range(5)] == [
        *(True, True, True),
        *(False, False),
    ]
