"""What a signed-in user can do to their own account."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID

import pytest

from application.steps.password_check import Failed
from domain.actors import OWNER
from domain.causes import EndCause, LoginFailure, RefusalCause
from domain.errors import (
    InvalidAccessToken,
    InvalidCredentials,
    InvalidPassword,
    InvalidRefreshToken,
    SessionNotFound,
    TooManyLogins,
    Unavailable,
    WrongPassword,
)
from domain.events import (
    LoggedOutEverywhere,
    PasswordChanged,
    PasswordChangeFailed,
    SessionEnded,
)
from domain.sessions import Origin
from domain.users import User
from tests.support.alice import PASSWORD
from tests.support.fakes.builders import MINUTE, NOON, OPERATOR
from tests.support.fakes.interruptions import InterruptedUsers, Interruptions
from tests.support.fakes.use_cases_over_fakes import ORIGIN, UseCasesOverFakes

pytestmark = pytest.mark.anyio

Act = Callable[[UseCasesOverFakes, str], Awaitable[object]]
NEW = "another password"

ACTS: dict[str, Act] = {
    "list": lambda house, bearer: house.can.account.list_own_sessions(bearer),
    "end one": lambda house, bearer: house.can.account.end_own_session(bearer, UUID(int=0)),
    "log out": lambda house, bearer: house.can.account.log_out_everywhere(bearer, keep_this=True),
    "password": lambda house, bearer: change_password(house, bearer),
}
every_act = pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())


async def change_password(
    house: UseCasesOverFakes, bearer: str, old: str = PASSWORD, new: str = NEW
) -> None:
    await house.can.account.change_password(bearer, old, new, ORIGIN.address)


async def refusal(house: UseCasesOverFakes, token: str) -> RefusalCause:
    with pytest.raises(InvalidRefreshToken) as error:
        await house.refresh(token)
    return error.value.cause


@every_act
async def test_a_jwt_that_remint_did_not_sign_permits_nothing(
    house: UseCasesOverFakes, act: Act
) -> None:
    opened = await house.signed_in()
    for foreign in ("made up", opened.refresh_token):
        with pytest.raises(InvalidAccessToken):
            await act(house, foreign)
    assert not house.database.writes


@every_act
async def test_an_expired_jwt_permits_nothing(house: UseCasesOverFakes, act: Act) -> None:
    opened = await house.signed_in()
    house.passes(10 * MINUTE)
    with pytest.raises(InvalidAccessToken):
        await act(house, opened.jwt)


@pytest.mark.proves("L10", "L11")
@every_act
@pytest.mark.parametrize(
    "end",
    [
        lambda house, opened: house.can.presenters.revoke(opened.refresh_token),
        lambda house, _: house.can.operators.log_out_user("someone", by=OPERATOR),
        lambda house, _: house.can.operators.disable_user("someone", by=OPERATOR),
        lambda house, _: house.can.operators.delete_user("someone", by=OPERATOR),
    ],
    ids=["revoked", "logged out", "disabled", "deleted"],
)
async def test_a_jwt_whose_session_is_over_permits_nothing(
    house: UseCasesOverFakes, act: Act, end: Callable[..., Awaitable[object]]
) -> None:
    """A user who was logged out can no longer manage sessions."""
    opened = await house.signed_in()
    await end(house, opened)
    house.database.writes.clear()
    with pytest.raises(InvalidAccessToken):
        await act(house, opened.jwt)
    assert not house.database.writes


@every_act
async def test_a_jwt_whose_session_was_purged_permits_nothing(
    house: UseCasesOverFakes, act: Act
) -> None:
    opened = await house.signed_in()
    house.database.sessions.clear()
    with pytest.raises(InvalidAccessToken):
        await act(house, opened.jwt)


@every_act
async def test_a_jwt_of_another_subject_than_its_sessions_permits_nothing(
    house: UseCasesOverFakes, act: Act
) -> None:
    """The two can differ only if the database and the keys come from different places."""
    opened = await house.signed_in()
    claims = house.jwts.signed[opened.jwt]
    foreign = house.jwts.sign(replace(claims, id="foreign", subject="another"))
    with pytest.raises(InvalidAccessToken):
        await act(house, foreign)
    assert not house.database.writes


@pytest.mark.proves("G6")
async def test_a_source_that_failed_too_often_changes_no_password(house: UseCasesOverFakes) -> None:
    opened = await house.signed_in()
    for number in range(100):
        with pytest.raises(InvalidCredentials):
            await house.log_in(f"guess-{number}")
    house.audit.events.clear()
    house.passes(5 * MINUTE)
    with pytest.raises(TooManyLogins) as refused:
        await change_password(house, opened.jwt)
    assert refused.value.retry_after == 10 * MINUTE
    assert house.audit.events == [
        PasswordChangeFailed(
            at=house.clock(), subject=str(opened.session.user_id), cause=LoginFailure.THROTTLED
        )
    ]
    await house.can.presenters.authenticate("someone", PASSWORD, Origin("", "198.51.100.7"))


@pytest.mark.proves("L11")
async def test_a_user_sees_their_own_sessions_and_which_one_asks(house: UseCasesOverFakes) -> None:
    await house.add_user("other")
    await house.log_in("other")
    first = await house.signed_in()
    second = await house.log_in()
    seen = await house.can.account.list_own_sessions(first.jwt)
    assert {own.session.id: own.is_current for own in seen.items} == {
        first.session.id: True,
        second.session.id: False,
    }
    assert not seen.has_more


async def test_own_sessions_come_in_pages(house: UseCasesOverFakes) -> None:
    first = await house.signed_in()
    for _ in range(2):
        house.passes(MINUTE)
        await house.log_in()
    page = await house.can.account.list_own_sessions(first.jwt, size=2)
    last = page.items[-1].session.id
    rest = await house.can.account.list_own_sessions(first.jwt, after=last, size=2)
    assert (len(page.items), page.has_more) == (2, True)
    assert (len(rest.items), rest.has_more) == (1, False)


@pytest.mark.proves("L11")
async def test_a_user_signs_another_device_out(house: UseCasesOverFakes) -> None:
    here, there = await house.signed_in(), await house.log_in()
    house.audit.events.clear()
    for _ in range(2):
        await house.can.account.end_own_session(here.jwt, there.session.id)
    assert house.audit.events == [
        SessionEnded(
            at=house.clock(),
            subject=str(here.session.user_id),
            session=there.session.id,
            cause=EndCause.REVOKED,
            actor=OWNER,
        )
    ]
    assert await refusal(house, there.refresh_token) is RefusalCause.REVOKED


@pytest.mark.proves("L11")
async def test_somebody_elses_session_looks_like_none(house: UseCasesOverFakes) -> None:
    await house.add_user("other")
    other = await house.log_in("other")
    opened = await house.signed_in()
    for unreachable in (other.session.id, UUID(int=0)):
        with pytest.raises(SessionNotFound):
            await house.can.account.end_own_session(opened.jwt, unreachable)
    assert (await house.refresh(other.refresh_token)).jwt


@pytest.mark.proves("L10")
async def test_a_user_logs_out_everywhere(house: UseCasesOverFakes) -> None:
    here, there = await house.signed_in(), await house.log_in()
    await house.can.account.log_out_everywhere(here.jwt, keep_this=False)
    for opened in (here, there):
        assert await refusal(house, opened.refresh_token) is RefusalCause.LOGGED_OUT_EVERYWHERE


@pytest.mark.proves("L10")
async def test_a_user_logs_out_everywhere_else(house: UseCasesOverFakes) -> None:
    here, there = await house.signed_in(), await house.log_in()
    house.audit.events.clear()
    await house.can.account.log_out_everywhere(here.jwt, keep_this=True)
    assert house.audit.events == [
        LoggedOutEverywhere(
            at=house.clock(),
            subject=str(here.session.user_id),
            session=here.session.id,
            actor=OWNER,
        )
    ]
    assert (await house.refresh(here.refresh_token)).jwt
    assert await refusal(house, there.refresh_token) is RefusalCause.LOGGED_OUT_EVERYWHERE


async def test_a_session_can_be_kept_again_and_again(house: UseCasesOverFakes) -> None:
    here = await house.signed_in()
    for _ in range(3):
        await house.can.account.log_out_everywhere(here.jwt, keep_this=True)
    assert (await house.refresh(here.refresh_token)).jwt


@pytest.mark.proves("L10")
async def test_a_user_who_knows_the_password_changes_it_and_stays_signed_in(
    house: UseCasesOverFakes,
) -> None:
    here, there = await house.signed_in(), await house.log_in()
    house.audit.events.clear()
    await change_password(house, here.jwt)
    assert house.audit.events == [
        PasswordChanged(
            at=house.clock(),
            subject=str(here.session.user_id),
            session=here.session.id,
            actor=OWNER,
        )
    ]
    assert (await house.refresh(here.refresh_token)).jwt
    assert await refusal(house, there.refresh_token) is RefusalCause.CREDENTIALS_CHANGED
    await house.can.presenters.authenticate("someone", NEW, ORIGIN)


async def test_a_wrong_old_password_changes_nothing(house: UseCasesOverFakes) -> None:
    here = await house.signed_in()
    with pytest.raises(WrongPassword):
        await change_password(house, here.jwt, old="wrong password")
    assert not house.database.writes
    assert house.audit.events == [
        PasswordChangeFailed(
            at=house.clock(), subject=str(here.session.user_id), cause=LoginFailure.WRONG_PASSWORD
        )
    ]


async def test_a_new_password_must_be_one(house: UseCasesOverFakes) -> None:
    here = await house.signed_in()
    with pytest.raises(InvalidPassword):
        await change_password(house, here.jwt, new="short")
    assert not house.database.writes


@pytest.mark.proves("G6")
async def test_a_stolen_jwt_is_no_way_to_guess_the_password(house: UseCasesOverFakes) -> None:
    """The same count as for log-ins."""
    here = await house.signed_in()
    for _ in range(10):
        with pytest.raises(WrongPassword):
            await change_password(house, here.jwt, old="wrong password")
    with pytest.raises(WrongPassword):
        await change_password(house, here.jwt)
    with pytest.raises(InvalidCredentials):
        await house.log_in()


async def test_a_password_set_in_between_is_not_overwritten(house: UseCasesOverFakes) -> None:
    """An operator who shuts a thief out wins over the thief's own change of the password."""
    here = await house.signed_in()
    house.passwords.while_hashing = lambda: house.can.operators.set_password(
        "someone", "the operator's choice", by=OPERATOR
    )
    with pytest.raises(InvalidAccessToken):
        await change_password(house, here.jwt)
    await house.can.presenters.authenticate("someone", "the operator's choice", ORIGIN)


async def another_of_the_same_name(house: UseCasesOverFakes) -> User:
    await house.can.operators.delete_user("someone", by=OPERATOR)
    return await house.can.operators.add_user("someone", "their own password", by=OPERATOR)


@pytest.mark.proves("J11")
async def test_a_change_of_a_deleted_user_s_password_never_meets_the_next_of_that_name(
    house: UseCasesOverFakes,
) -> None:
    here = await house.signed_in()
    house.passwords.while_hashing = lambda: another_of_the_same_name(house)
    with pytest.raises(InvalidAccessToken):
        await change_password(house, here.jwt)
    await house.can.presenters.authenticate("someone", "their own password", ORIGIN)


@pytest.mark.proves("J11")
async def test_an_old_password_is_compared_with_the_caller_s_own_and_no_namesake_s(
    house: UseCasesOverFakes,
) -> None:
    here = await house.signed_in()
    identify = house.can.account.change_password.caller_check
    caller = await identify(here.jwt)
    namesake = await another_of_the_same_name(house)
    guard = house.can.account.change_password.login_guard
    result = await guard(caller.user, "someone", "their own password", ORIGIN.address, NOON)
    assert result == Failed(LoginFailure.WRONG_PASSWORD, caller.user)
    assert namesake.id != caller.user.id


@pytest.mark.proves("L10")
async def test_racing_log_outs_everywhere_both_keep_the_session_that_asks(
    house: UseCasesOverFakes,
) -> None:
    here = await house.signed_in()
    log_out = house.can.account.log_out_everywhere
    await asyncio.gather(*(log_out(here.jwt, keep_this=True) for _ in range(3)))
    assert (await house.refresh(here.refresh_token)).jwt


@pytest.mark.proves("L10")
async def test_a_log_out_everywhere_of_a_session_that_ended_meanwhile_ends_no_other(
    house: UseCasesOverFakes,
) -> None:
    """A thief whose session an operator ends just now does not log the owner out again."""
    here = await house.signed_in()
    users = InterruptedUsers(
        house.database,
        Interruptions(
            before_change=lambda: house.can.operators.log_out_user("someone", by=OPERATOR)
        ),
    )
    log_out = replace(house.can.account.log_out_everywhere, users=users)
    with pytest.raises(InvalidAccessToken):
        await log_out(here.jwt, keep_this=False)
    [user] = house.database.users.values()
    assert user.credentials_epoch == 1


async def test_a_log_out_everywhere_that_changes_overtake_every_time_is_to_be_repeated(
    house: UseCasesOverFakes,
) -> None:
    here = await house.signed_in()
    interruptions = Interruptions()

    async def somebody_is_faster() -> None:
        [user] = house.database.users.values()
        house.database.users[user.id] = user.rehashed("another hash")
        interruptions.before_change = somebody_is_faster

    interruptions.before_change = somebody_is_faster
    users = InterruptedUsers(house.database, interruptions)
    log_out = replace(house.can.account.log_out_everywhere, users=users)
    with pytest.raises(Unavailable) as unavailable:
        await log_out(here.jwt, keep_this=False)
    assert unavailable.value.reason == "contended"
    assert (await house.refresh(here.refresh_token)).jwt


@pytest.mark.proves("G4")
async def test_an_overrun_server_changes_no_password(house: UseCasesOverFakes) -> None:
    here = await house.signed_in()
    house.passwords.is_overrun = True
    with pytest.raises(Unavailable):
        await change_password(house, here.jwt)
    assert not house.database.writes
