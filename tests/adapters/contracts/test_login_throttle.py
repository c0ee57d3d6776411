"""What every counter of failed log-ins promises (domain.ports.login_throttle.LoginThrottle)."""

import asyncio

import pytest

from domain.login_throttle import LoginAttempts
from domain.ports.login_throttle import LoginThrottle
from tests.support.fakes.builders import HOUR, MINUTE, NOON, SECOND

pytestmark = pytest.mark.anyio

KEY = "account:someone"


@pytest.mark.proves("G7")
async def test_attempts_are_counted_in_a_window_that_does_not_slide(
    throttle: LoginThrottle,
) -> None:
    """Further attempts do not keep the account shut."""
    first = await throttle.count(KEY, NOON, HOUR)
    second = await throttle.count(KEY, NOON + HOUR - SECOND, HOUR)
    assert [first, second] == [LoginAttempts(n, NOON + HOUR) for n in (1, 2)]


async def test_a_new_window_begins_when_the_last_is_over(throttle: LoginThrottle) -> None:
    await throttle.count(KEY, NOON, HOUR)
    await throttle.count(KEY, NOON, HOUR)
    again = await throttle.count(KEY, NOON + HOUR, MINUTE)
    assert again == LoginAttempts(1, NOON + HOUR + MINUTE)


async def test_every_key_is_counted_by_itself(throttle: LoginThrottle) -> None:
    await throttle.count(KEY, NOON, HOUR)
    assert (await throttle.count("account:someone else", NOON, HOUR)).count == 1


@pytest.mark.proves("G6")
async def test_racing_callers_each_see_another_count(throttle: LoginThrottle) -> None:
    """Parallel guesses cannot outrun the count."""
    counted = await asyncio.gather(*(throttle.count(KEY, NOON, HOUR) for _ in range(50)))
    assert sorted(attempts.count for attempts in counted) == list(range(1, 51))


async def test_racing_callers_begin_one_new_window(throttle: LoginThrottle) -> None:
    await throttle.count(KEY, NOON, HOUR)
    later = NOON + 2 * HOUR
    counted = await asyncio.gather(*(throttle.count(KEY, later, HOUR) for _ in range(20)))
    assert sorted(attempts.count for attempts in counted) == list(range(1, 21))


async def test_an_attempt_can_be_taken_back(throttle: LoginThrottle) -> None:
    await throttle.count(KEY, NOON, HOUR)
    await throttle.count(KEY, NOON, HOUR)
    await throttle.discount(KEY)
    assert (await throttle.count(KEY, NOON, HOUR)).count == 2


async def test_taking_back_what_nobody_counted_is_no_credit(throttle: LoginThrottle) -> None:
    await throttle.discount(KEY)
    await throttle.count(KEY, NOON, HOUR)
    await throttle.discount(KEY)
    await throttle.discount(KEY)
    assert (await throttle.count(KEY, NOON, HOUR)).count == 1


async def test_forgetting_takes_back_all_attempts(throttle: LoginThrottle) -> None:
    await throttle.count(KEY, NOON, HOUR)
    await throttle.count(KEY, NOON, HOUR)
    await throttle.forget(KEY)
    assert (await throttle.count(KEY, NOON, HOUR)).count == 1


async def test_purging_drops_windows_that_are_over_in_bounded_batches(
    throttle: LoginThrottle,
) -> None:
    for number in range(5):
        await throttle.count(f"source:{number}", NOON, HOUR)
    await throttle.count(KEY, NOON + SECOND, HOUR)
    assert [await throttle.purge(NOON + HOUR, at_most=3) for _ in range(3)] == [3, 2, 0]
    assert (await throttle.count(KEY, NOON + SECOND, HOUR)).count == 2
