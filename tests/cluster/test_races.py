"""Many requests with one token at two instances: one write, one successor."""

import time
from collections.abc import Callable

import pytest

from tests.support.faults.volleys import lines_to, volley
from tests.support.servers.deployment import Deployment

pytestmark = [pytest.mark.proves("L7"), pytest.mark.anyio]


@pytest.mark.parametrize("rounds", [5, pytest.param(100, marks=pytest.mark.slow)])
async def test_fifty_parallel_refreshes_of_one_token_write_once_and_get_one_successor(
    pair: Deployment, row_writes: Callable[[], int], rounds: int
) -> None:
    token, before, began = pair.log_in()["refreshToken"], row_writes(), time.monotonic()
    async with lines_to(pair.urls, 50) as lines:
        for number in range(1, rounds + 1):
            successor = await volley(lines, token)
            assert successor != token
            token = successor
            assert row_writes() - before == number
    print(f"{50 * rounds} refreshes, {rounds} writes, in {time.monotonic() - began:.1f} s")


async def test_a_burst_of_two_hundred_is_one_write(
    pair: Deployment, row_writes: Callable[[], int]
) -> None:
    token, before = pair.log_in()["refreshToken"], row_writes()
    async with lines_to(pair.urls, 200) as lines:
        await volley(lines, token)
    assert row_writes() - before == 1
