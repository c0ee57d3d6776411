"""Log in: which credentials succeed, what a failure looks like, and what it costs."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from domain.causes import LoginFailure
from domain.decision_table import Rule
from domain.errors import InvalidCredentials, Unavailable
from domain.events import LoggedIn, LoginFailed
from domain.login_throttle import ThrottlePolicy
from domain.sessions import Renewal
from tests.support.alice import PASSWORD
from tests.support.fakes.builders import OPERATOR
from tests.support.fakes.use_cases_over_fakes import ORIGIN, UseCasesOverFakes

pytestmark = pytest.mark.anyio


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
        await house.fails_to_log_in("throttled")
    house.audit.events.clear()
    house.passwords.verifications = 0
    await house.fails_to_log_in(name, password)
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
    await house.fails_to_log_in(password=TYPED)
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
        await house.fails_to_log_in("throttled")
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
    await house.fails_to_log_in(password=password[:-1] + "y")
    await house.fails_to_log_in(password=password[:-1])
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
        await house.fails_to_log_in("throttled")
    house.passwords.cost = 2
    house.passwords.spent.clear()
    for password in ("wrong", "x" * 5000):
        await house.fails_to_log_in(name, password)
    assert house.passwords.spent == [stored] * 2


@pytest.mark.proves("G2")
async def test_without_users_a_name_costs_what_a_new_hash_costs(house: UseCasesOverFakes) -> None:
    house.passwords.cost = 2
    await house.fails_to_log_in("nobody")
    assert house.passwords.spent == [2]


@pytest.mark.proves("G2", "G3")
async def test_a_throttled_account_tells_nothing_by_renewing_its_hash(
    house: UseCasesOverFakes,
) -> None:
    """A renewal takes as long as a verification, so only a log-in that succeeds has one."""
    user = await house.add_user()
    for _ in range(ThrottlePolicy().per_account):
        await house.fails_to_log_in()
    house.passwords.cost = 2
    await house.fails_to_log_in(password=PASSWORD)
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
    "another user": (
        lambda house: house.gets_another_user("someone", NEW),
        LoginFailure.WRONG_PASSWORD,
    ),
}


@pytest.mark.proves("L10")
@pytest.mark.parametrize(("change", "cause"), SHUT_OUT.values(), ids=SHUT_OUT.keys())
async def test_a_log_in_that_a_change_overtakes_opens_nothing(
    house: UseCasesOverFakes, change: Change, cause: LoginFailure
) -> None:
    """At once means at once: the password was right when it was compared."""
    user = await house.add_user()
    house.passwords.while_verifying = lambda: change(house)
    await house.fails_to_log_in(password=PASSWORD)
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


async def test_without_a_signing_key_no_session_is_opened(house: UseCasesOverFakes) -> None:
    await house.add_user()
    house.jwts.has_key = False
    with pytest.raises(Unavailable):
        await house.log_in()
    assert not house.database.sessions
