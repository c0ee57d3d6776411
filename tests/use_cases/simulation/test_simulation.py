"""The simulation's figures, in small: what the documents say of them has to stay true."""

import pytest

from tests.use_cases.simulation.__main__ import LOSSES, calls_until_found, honest_log_outs

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("tabs", [1, 4])
@pytest.mark.parametrize("retries", [True, False])
async def test_five_in_a_hundred_lost_answers_log_nobody_out(tabs: int, retries: bool) -> None:
    assert await honest_log_outs(tabs, retries, 0.05, 1_000) == 0


@pytest.mark.parametrize("loss", LOSSES)
async def test_a_clone_is_found_within_a_few_calls(loss: float) -> None:
    assert max([await calls_until_found(theft, loss) for theft in range(20)]) <= 10


async def test_the_figures_are_the_same_in_every_run() -> None:
    assert await honest_log_outs(1, False, 0.2, 500) == await honest_log_outs(1, False, 0.2, 500)
