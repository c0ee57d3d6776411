"""What every memory of used assertions promises (domain.ports.used_ids)."""

import asyncio

import pytest

from domain.ports.used_ids import UsedIds
from tests.support.fakes.builders import HOUR, NOON

pytestmark = pytest.mark.anyio

CALLERS = 20


async def test_exactly_one_of_many_racing_callers_uses_an_assertion(
    used_ids: UsedIds,
) -> None:
    tries = [used_ids.use("shop", "1", NOON + HOUR) for _ in range(CALLERS)]
    assert sum(await asyncio.gather(*tries)) == 1
    assert not await used_ids.use("shop", "1", NOON + 2 * HOUR)


async def test_an_id_is_that_of_its_issuer(used_ids: UsedIds) -> None:
    for issuer, assertion_id in (("shop", "1"), ("sho", "p1"), ("shop1", ""), ("other", "1")):
        assert await used_ids.use(issuer, assertion_id, NOON)


async def test_ids_are_forgotten_once_they_are_over(used_ids: UsedIds) -> None:
    for number in range(5):
        assert await used_ids.use("shop", str(number), NOON + number * HOUR)
    assert await used_ids.purge(NOON + 2 * HOUR, 2) == 2
    assert await used_ids.purge(NOON + 2 * HOUR, 2) == 1
    assert await used_ids.purge(NOON + 2 * HOUR, 2) == 0
    assert [await used_ids.use("shop", str(number), NOON) for number in range(5)] == [
        *(True, True, True),
        *(False, False),
    ]
