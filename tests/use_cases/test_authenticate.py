"""Log in: which credentials succeed, what a failure looks like, and what it costs."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.actors import SERVER
from domain.causes import EndCause, LoginFailure
from domain.decision_table import Rule
from domain.errors import InvalidCredentials, TooManyLogins, TooManySessions, Unavailable
from domain.events import LoggedIn, LoginFailed, SessionEnded
from domain.login_throttle import ThrottlePolicy
from domain.sessions import AtLimit, Origin, Renewal, SessionLimit
from tests.support.alice import PASSWORD
from tests.support.fakes.builders import IDLE, MINUTE, OPERATOR
from tests.support.fakes.use_cases_over_fakes import ORIGIN, UseCasesOverFakes, some_terms

pytestmark = pytest.mark.anyio

ELSEWHERE = Origin("another browser", "198.51.100.1")


async def fails(house: UseCasesOverFakes, name: str = "someone", password: str = "wrong") -> None:
    with pytest.raises(InvalidCredentials):
        await house.can.presenters.authenticate(name, password, ORIGIN)


async def test_the_right_password_opens_a_session(house: UseCasesOverFakes) -> None:
    user = await house.add_user()
    opened = await house.log_in()
    assert house.database.sessions[opened.session.id] == opened.session
    assert house.jwts.signed[opened.jwt].subject == user.subject
    assert opened.session.origin == ORIGIN
    assert (await house.refresh(opened.refresh_token)).rule is Rule.ROTATION


@pytest.mark.proves("S2")
async def test_a_log_in_is_audited_with_its_session(house: UseCasesOverFakes) -> None:
    user = await house.add_user()
    opened = await house.log_in()
    assert house.audit.events[1:] == [
        LoggedIn(at=house.clock(), subject=user.subject, session=opened.session.id)
    ]


async def test_a_name_is_found_however_it_is_typed(house: UseCasesOverFakes) -> None:
    await house.add_user("someone")
    await house.can.presenters.authenticate(" SOMEONE ", PASSWORD, ORIGIN)


@pytest.mark.proves("L13")
async def test_every_log_in_opens_a_session_of_its_own(house: UseCasesOverFakes) -> None:
    await house.add_user()
    first, second = await house.log_in(), await house.log_in()
    assert first.session.id != second.session.id
    assert first.session.secret_digest != second.session.secret_digest


@pytest.mark.proves("D1")
async def test_a_log_in_can_ask_for_the_other_renewal(house: UseCasesOverFakes) -> None:
    await house.add_user()
    opened = await house.log_in(renewal=Renewal.REUSABLE)
    assert opened.session.renewal is Renewal.REUSABLE


@pytest.mark.proves("G1", "G2")
@pytest.mark.parametrize(
    ("name", "password", "cause"),
    [
        ("nobody", PASSWORD, LoginFailure.UNKNOWN_USER),
        ("", PASSWORD, LoginFailure.UNKNOWN_USER),
        ("no\0name", PASSWORD, LoginFailure.UNKNOWN_USER),
        ("someone", "wrong", LoginFailure.WRONG_PASSWORD),
        ("someone", "", LoginFailure.WRONG_PASSWORD),
        ("someone", PASSWORD + "x", LoginFailure.WRONG_PASSWORD),
        ("someone", "x" * 5000, LoginFailure.WRONG_PASSWORD),
        ("disabled", PASSWORD, LoginFailure.USER_DISABLED),
        ("disabled", "wrong", LoginFailure.WRONG_PASSWORD),
        ("throttled", PASSWORD, LoginFailure.THROTTLED),
        ("throttled", "wrong", LoginFailure.THROTTLED),
    ],
)
async def test_all_failures_look_and_cost_the_same(
    house: UseCasesOverFakes, name: str, password: str, cause: LoginFailure
) -> None:
    """One error, one verification, two look-ups in the throttle; only the audit knows."""
    for known in ("someone", "disabled", "throttled"):
        await house.add_user(known)
    await house.can.operators.disable_user("disabled", by=OPERATOR)
    for _ in range(ThrottlePolicy().per_account):
        await fails(house, "throttled")
    house.audit.events.clear()
    house.passwords.verifications = 0
    await fails(house, name, password)
    assert house.passwords.verifications == 1
    [event] = house.audit.events
    assert isinstance(event, LoginFailed)
    assert event.cause is cause


TYPED = "caf\u00e9 au lait"
OTHERWISE = "cafe\u0301 au lait"
"""The same password, as another keyboard writes it."""


@pytest.mark.proves("G5")
@pytest.mark.parametrize("first", [TYPED, OTHERWISE])
@pytest.mark.parametrize("later", [TYPED, OTHERWISE])
async def test_a_password_is_the_same_on_every_keyboard(
    house: UseCasesOverFakes, first: str, later: str
) -> None:
    await house.can.operators.add_user("someone", first, by=OPERATOR)
    await house.can.presenters.authenticate("someone", later, ORIGIN)


@pytest.mark.proves("G5")
async def test_a_hash_of_the_password_as_it_was_typed_goes_on_working_and_is_renewed(
    house: UseCasesOverFakes,
) -> None:
    """Earlier versions hashed what was typed."""
    user = await house.add_user("someone")
    stored = replace(user, password_hash=await house.passwords.hash(OTHERWISE))
    house.database.users[user.id] = stored
    await fails(house, password=TYPED)
    await house.can.presenters.authenticate("someone", OTHERWISE, ORIGIN)
    await house.can.presenters.authenticate("someone", TYPED, ORIGIN)


@pytest.mark.proves("G2")
@pytest.mark.parametrize("name", ["nobody", "someone", "disabled", "throttled"])
@pytest.mark.parametrize(("password", "cost"), [(TYPED, 1), (OTHERWISE, 2), ("e\u0301" * 5000, 1)])
async def test_the_cost_of_two_spellings_is_the_same_for_every_name(
    house: UseCasesOverFakes, name: str, password: str, cost: int
) -> None:
    for known in ("someone", "disabled", "throttled"):
        await house.can.operators.add_user(known, TYPED, by=OPERATOR)
    await house.can.operators.disable_user("disabled", by=OPERATOR)
    for _ in range(ThrottlePolicy().per_account):
        await fails(house, "throttled")
    house.passwords.verifications = 0
    with suppress(InvalidCredentials):
        await house.can.presenters.authenticate(name, password, ORIGIN)
    assert house.passwords.verifications == cost


@pytest.mark.proves("G2")
async def test_a_success_costs_one_verification_too(house: UseCasesOverFakes) -> None:
    await house.add_user()
    await house.log_in()
    assert house.passwords.verifications == 1


@pytest.mark.proves("G5")
@pytest.mark.parametrize("length", [64, 1024])
async def test_long_passwords_count_to_their_last_character(
    house: UseCasesOverFakes, length: int
) -> None:
    password = "x" * length
    await house.can.operators.add_user("someone", password, by=OPERATOR)
    await fails(house, password=password[:-1] + "y")
    await fails(house, password=password[:-1])
    await house.can.presenters.authenticate("someone", password, ORIGIN)


@pytest.mark.proves("G3")
async def test_a_hash_that_has_become_too_weak_is_renewed_and_ends_no_session(
    house: UseCasesOverFakes,
) -> None:
    opened = await house.signed_in()
    house.passwords.cost = 2
    await house.log_in()
    [user] = house.database.users.values()
    assert (user.password_hash or "").startswith("fake$2$")
    assert (await house.refresh(opened.refresh_token)).rule is Rule.ROTATION


@pytest.mark.proves("G2", "G3")
@pytest.mark.parametrize("stored", [1, 3], ids=["cheaper", "dearer"])
@pytest.mark.parametrize("name", ["nobody", "zzz", "", "disabled", "someone", "throttled"])
async def test_every_name_costs_what_stored_hashes_cost(
    house: UseCasesOverFakes, stored: int, name: str
) -> None:
    """Also after other costs were set, when no hash has been renewed yet."""
    house.passwords.cost = stored
    for known in ("someone", "disabled", "throttled"):
        await house.add_user(known)
    await house.can.operators.disable_user("disabled", by=OPERATOR)
    for _ in range(ThrottlePolicy().per_account):
        await fails(house, "throttled")
    house.passwords.cost = 2
    house.passwords.spent.clear()
    for password in ("wrong", "x" * 5000):
        await fails(house, name, password)
    assert house.passwords.spent == [stored] * 2


@pytest.mark.proves("G2")
async def test_without_users_a_name_costs_what_a_new_hash_costs(house: UseCasesOverFakes) -> None:
    house.passwords.cost = 2
    await fails(house, "nobody")
    assert house.passwords.spent == [2]


@pytest.mark.proves("G2", "G3")
async def test_a_throttled_account_tells_nothing_by_renewing_its_hash(
    house: UseCasesOverFakes,
) -> None:
    """A renewal takes as long as a verification, so only a log-in that succeeds has one."""
    user = await house.add_user()
    for _ in range(ThrottlePolicy().per_account):
        await fails(house)
    house.passwords.cost = 2
    await fails(house, password=PASSWORD)
    assert house.database.users[user.id].password_hash == user.password_hash


@pytest.mark.proves("G3", "G4")
async def test_a_hash_that_cannot_be_renewed_now_refuses_nobody(house: UseCasesOverFakes) -> None:
    user = await house.add_user()
    house.passwords.cost = 2

    async def a_flood_begins() -> None:
        house.passwords.is_overrun = True

    house.passwords.while_verifying = a_flood_begins
    assert await house.log_in()
    assert house.database.users[user.id].password_hash == user.password_hash


Change = Callable[[UseCasesOverFakes], Awaitable[object]]
NEW = "another password"


async def another_of_the_same_name(house: UseCasesOverFakes) -> None:
    await house.can.operators.delete_user("someone", by=OPERATOR)
    await house.can.operators.add_user("someone", NEW, by=OPERATOR)


SHUT_OUT: dict[str, tuple[Change, LoginFailure]] = {
    "disabled": (
        lambda house: house.can.operators.disable_user("someone", by=OPERATOR),
        LoginFailure.USER_DISABLED,
    ),
    "deleted": (
        lambda house: house.can.operators.delete_user("someone", by=OPERATOR),
        LoginFailure.UNKNOWN_USER,
    ),
    "a new password": (
        lambda house: house.can.operators.set_password("someone", NEW, by=OPERATOR),
        LoginFailure.WRONG_PASSWORD,
    ),
    "another user": (another_of_the_same_name, LoginFailure.WRONG_PASSWORD),
}


@pytest.mark.proves("L10")
@pytest.mark.parametrize(("change", "cause"), SHUT_OUT.values(), ids=SHUT_OUT.keys())
async def test_a_log_in_that_a_change_overtakes_opens_nothing(
    house: UseCasesOverFakes, change: Change, cause: LoginFailure
) -> None:
    """At once means at once: the password was right when it was compared."""
    user = await house.add_user()
    house.passwords.while_verifying = lambda: change(house)
    await fails(house, password=PASSWORD)
    assert not house.database.sessions
    failed = house.audit.events[-1]
    assert isinstance(failed, LoginFailed)
    assert failed.cause is cause
    assert (failed.subject == user.subject) is (user.id in house.database.users)


async def test_a_log_in_that_a_log_out_everywhere_overtakes_comes_after_it(
    house: UseCasesOverFakes,
) -> None:
    await house.add_user()
    house.passwords.while_verifying = lambda: house.can.operators.log_out_user(
        "someone", by=OPERATOR
    )
    opened = await house.log_in()
    assert (await house.refresh(opened.refresh_token)).jwt
    assert len(house.database.sessions) == 1


async def test_a_log_in_that_changes_overtake_every_time_is_told_to_come_again(
    house: UseCasesOverFakes,
) -> None:
    await house.add_user()

    async def again() -> None:
        house.passwords.while_verifying = again
        await house.can.operators.log_out_user("someone", by=OPERATOR)

    house.passwords.while_verifying = again
    with pytest.raises(Unavailable) as unavailable:
        await house.log_in()
    assert unavailable.value.reason == "contended"
    assert not house.database.sessions


@pytest.mark.proves("G6", "J11")
async def test_what_failed_for_a_deleted_user_does_not_count_for_the_next_of_that_name(
    house: UseCasesOverFakes,
) -> None:
    await house.add_user()
    for _ in range(ThrottlePolicy().per_account):
        await fails(house)
    await another_of_the_same_name(house)
    await house.can.presenters.authenticate("someone", NEW, ORIGIN)


@pytest.mark.proves("G6", "J11")
async def test_a_log_in_of_a_deleted_user_forgives_nothing_to_the_next_of_that_name(
    house: UseCasesOverFakes,
) -> None:
    """The attempts counted for an id are the id's."""
    await house.add_user()

    async def another_who_is_attacked() -> None:
        await another_of_the_same_name(house)
        for _ in range(ThrottlePolicy().per_account):
            await fails(house)

    house.passwords.while_verifying = another_who_is_attacked
    await fails(house, password=PASSWORD)
    await fails(house, password=NEW)


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
        await fails(house)
    await act(house)
    await house.log_in()


@pytest.mark.proves("G6", "G7")
async def test_an_account_is_throttled_and_the_throttle_expires(house: UseCasesOverFakes) -> None:
    await house.add_user()
    for _ in range(10):
        await fails(house)
    await fails(house, password=PASSWORD)
    house.passes(15 * MINUTE)
    await house.log_in()


@pytest.mark.proves("G7")
async def test_failures_during_a_throttle_do_not_prolong_it(house: UseCasesOverFakes) -> None:
    await house.add_user()
    for _ in range(15):
        await fails(house)
        house.passes(MINUTE)
    await house.log_in()


@pytest.mark.proves("G7")
async def test_a_throttled_user_goes_on_refreshing(house: UseCasesOverFakes) -> None:
    opened = await house.signed_in()
    for _ in range(30):
        await fails(house)
    assert (await house.refresh(opened.refresh_token)).rule is Rule.ROTATION


async def test_a_success_forgives_what_failed_before(house: UseCasesOverFakes) -> None:
    await house.add_user()
    for _ in range(5):
        for _ in range(9):
            await fails(house)
        await house.log_in()


@pytest.mark.proves("G6")
async def test_every_spelling_of_a_name_counts_as_the_same_account(
    house: UseCasesOverFakes,
) -> None:
    await house.add_user()
    for number in range(10):
        await fails(house, "Someone" if number % 2 else " SOMEONE")
    await fails(house, password=PASSWORD)


@pytest.mark.proves("G6")
async def test_parallel_guesses_cannot_outrun_the_count(house: UseCasesOverFakes) -> None:
    await house.add_user()
    await asyncio.gather(*(fails(house) for _ in range(40)))
    causes = [event.cause for event in house.audit.events if isinstance(event, LoginFailed)]
    assert causes.count(LoginFailure.WRONG_PASSWORD) == 10
    assert causes.count(LoginFailure.THROTTLED) == 30


@pytest.mark.proves("G6", "H7")
async def test_a_source_that_failed_too_often_is_told_when_to_come_again(
    house: UseCasesOverFakes,
) -> None:
    for number in range(100):
        await fails(house, f"guess-{number}")
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
        await fails(house, f"guess-{number}")
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


def limited(at_limit: AtLimit) -> UseCasesOverFakes:
    limit = SessionLimit(2, at_limit, IDLE)
    return UseCasesOverFakes(terms=some_terms(limit=limit))


@pytest.mark.proves("L13")
async def test_at_the_limit_the_oldest_session_makes_room() -> None:
    house = limited(AtLimit.END_OLDEST)
    user = await house.add_user()
    oldest = await house.log_in()
    for _ in range(2):
        house.passes(timedelta(minutes=1))
        newest = await house.log_in()
    assert [event for event in house.audit.events if isinstance(event, SessionEnded)] == [
        SessionEnded(
            at=house.clock(),
            subject=user.subject,
            session=oldest.session.id,
            cause=EndCause.REPLACED,
            actor=SERVER,
        )
    ]
    assert (await house.refresh(newest.refresh_token)).rule is Rule.ROTATION


@pytest.mark.proves("L13")
async def test_at_the_limit_a_log_in_can_be_refused() -> None:
    house = limited(AtLimit.REFUSE)
    user = await house.add_user()
    for _ in range(2):
        await house.log_in()
    with pytest.raises(TooManySessions):
        await house.log_in()
    assert len(house.database.sessions) == 2
    assert house.audit.events[-1] == LoginFailed(
        at=house.clock(), subject=user.subject, cause=LoginFailure.TOO_MANY_SESSIONS
    )


async def test_sessions_that_are_over_make_room_by_themselves() -> None:
    house = limited(AtLimit.REFUSE)
    await house.add_user()
    for _ in range(2):
        await house.log_in()
    house.passes(IDLE + MINUTE)
    await house.log_in()
    await house.can.operators.log_out_user("someone", by=OPERATOR)
    for _ in range(2):
        await house.log_in()


@pytest.mark.proves("L13")
async def test_racing_log_ins_respect_the_limit() -> None:
    house = limited(AtLimit.END_OLDEST)
    await house.add_user()
    await asyncio.gather(*(house.log_in() for _ in range(10)))
    alive = [row for row in house.database.sessions.values() if row.ended_at is None]
    assert len(alive) == 2


async def test_without_a_signing_key_no_session_is_opened(house: UseCasesOverFakes) -> None:
    await house.add_user()
    house.jwts.has_key = False
    with pytest.raises(Unavailable):
        await house.log_in()
    assert not house.database.sessions
