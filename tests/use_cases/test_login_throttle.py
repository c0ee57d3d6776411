"""Wrong passwords that come too often: which log-ins wait, for how long, and which do not."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from domain.causes import LoginFailure
from domain.decision_table import Rule
from domain.errors import TooManyLogins, Unavailable
from domain.events import LoginFailed
from domain.login_throttle import ThrottlePolicy
from domain.sessions import Origin
from tests.support.alice import PASSWORD
from tests.support.fakes.builders import MINUTE, OPERATOR
from tests.support.fakes.use_cases_over_fakes import ORIGIN, UseCasesOverFakes

pytestmark = pytest.mark.anyio

ELSEWHERE = Origin("another browser", "198.51.100.1")
NEW = "another password"

Change = Callable[[UseCasesOverFakes], Awaitable[object]]


@pytest.mark.proves("G6", "J11")
async def test_what_failed_for_a_deleted_user_does_not_count_for_the_next_of_that_name(
    house: UseCasesOverFakes,
) -> None:
    await house.add_user()
    for _ in range(ThrottlePolicy().per_account):
        await house.fails_to_log_in()
    await house.gets_another_user("someone", NEW)
    await house.can.presenters.authenticate("someone", NEW, ORIGIN)


@pytest.mark.proves("G6", "J11")
async def test_a_log_in_of_a_deleted_user_forgives_nothing_to_the_next_of_that_name(
    house: UseCasesOverFakes,
) -> None:
    """The attempts counted for an id are the id's."""
    await house.add_user()

    async def another_who_is_attacked() -> None:
        await house.gets_another_user("someone", NEW)
        for _ in range(ThrottlePolicy().per_account):
            await house.fails_to_log_in()

    house.passwords.while_verifying = another_who_is_attacked
    await house.fails_to_log_in(password=PASSWORD)
    await house.fails_to_log_in(password=NEW)


@pytest.mark.proves("G7")
@pytest.mark.parametrize(
    "act",
    [
        lambda house: house.can.operators.set_password("someone", PASSWORD, by=OPERATOR),
        lambda house: house.can.operators.enable_user("someone", by=OPERATOR),
    ],
    ids=["set a password", "enable"],
)
async def test_an_operator_lets_a_throttled_user_in(house: UseCasesOverFakes, act: Change) -> None:
    await house.add_user()
    for _ in range(ThrottlePolicy().per_account + 5):
        await house.fails_to_log_in()
    await act(house)
    await house.log_in()


@pytest.mark.proves("G6", "G7")
async def test_an_account_is_throttled_and_the_throttle_expires(house: UseCasesOverFakes) -> None:
    await house.add_user()
    for _ in range(10):
        await house.fails_to_log_in()
    await house.fails_to_log_in(password=PASSWORD)
    house.passes(15 * MINUTE)
    await house.log_in()


@pytest.mark.proves("G7")
async def test_failures_during_a_throttle_do_not_prolong_it(house: UseCasesOverFakes) -> None:
    await house.add_user()
    for _ in range(15):
        await house.fails_to_log_in()
        house.passes(MINUTE)
    await house.log_in()


@pytest.mark.proves("G7")
async def test_a_throttled_user_goes_on_refreshing(house: UseCasesOverFakes) -> None:
    opened = await house.signed_in()
    for _ in range(30):
        await house.fails_to_log_in()
    assert (await house.refresh(opened.refresh_token)).rule is Rule.ROTATION


async def test_a_success_forgives_what_failed_before(house: UseCasesOverFakes) -> None:
    await house.add_user()
    for _ in range(5):
        for _ in range(9):
            await house.fails_to_log_in()
        await house.log_in()


@pytest.mark.proves("G6")
async def test_every_spelling_of_a_name_counts_as_the_same_account(
    house: UseCasesOverFakes,
) -> None:
    await house.add_user()
    for number in range(10):
        await house.fails_to_log_in("Someone" if number % 2 else " SOMEONE")
    await house.fails_to_log_in(password=PASSWORD)


@pytest.mark.proves("G6")
async def test_parallel_guesses_cannot_outrun_the_count(house: UseCasesOverFakes) -> None:
    await house.add_user()
    await asyncio.gather(*(house.fails_to_log_in() for _ in range(40)))
    causes = [event.cause for event in house.audit.events if isinstance(event, LoginFailed)]
    assert causes.count(LoginFailure.WRONG_PASSWORD) == 10
    assert causes.count(LoginFailure.THROTTLED) == 30


@pytest.mark.proves("G6", "H7")
async def test_a_source_that_failed_too_often_is_told_when_to_come_again(
    house: UseCasesOverFakes,
) -> None:
    for number in range(100):
        await house.fails_to_log_in(f"guess-{number}")
    house.passes(5 * MINUTE)
    with pytest.raises(TooManyLogins) as error:
        await house.log_in()
    assert error.value.retry_after == 10 * MINUTE
    assert house.passwords.verifications == 100
    assert house.audit.events[-1] == LoginFailed(at=house.clock(), cause=LoginFailure.THROTTLED)


@pytest.mark.proves("G7")
async def test_a_throttled_source_shuts_nobody_else_out(house: UseCasesOverFakes) -> None:
    await house.add_user()
    for number in range(100):
        await house.fails_to_log_in(f"guess-{number}")
    await house.can.presenters.authenticate("someone", PASSWORD, ELSEWHERE)


async def test_successes_never_throttle_a_source(house: UseCasesOverFakes) -> None:
    await house.add_user()
    for _ in range(150):
        await house.log_in()


@pytest.mark.proves("G4", "G7")
async def test_an_overrun_server_counts_no_failure(house: UseCasesOverFakes) -> None:
    """Nobody guessed anything, so nobody comes closer to being throttled."""
    await house.add_user()
    house.passwords.is_overrun = True
    for _ in range(200):
        with pytest.raises(Unavailable):
            await house.log_in()
    house.passwords.is_overrun = False
    await house.log_in()


async def test_an_outage_during_a_log_in_counts_no_failure_either(house: UseCasesOverFakes) -> None:
    await house.add_user()
    house.database.is_down = True
    for _ in range(200):
        with pytest.raises(Unavailable):
            await house.log_in()
    house.database.is_down = False
    await house.log_in()
