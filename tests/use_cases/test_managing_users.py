"""What operators do to users, and what becomes of their sessions."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import pytest

from application import UseCases
from domain.causes import RefusalCause
from domain.errors import (
    InvalidCredentials,
    InvalidPassword,
    InvalidRefreshToken,
    InvalidUsername,
    Unavailable,
    UsernameTaken,
    UserNotFound,
)
from domain.events import (
    LoggedOutEverywhere,
    PasswordChanged,
    UserAdded,
    UserDeleted,
    UserDisabled,
    UserEnabled,
)
from tests.support.alice import PASSWORD
from tests.support.fakes.builders import MINUTE, OPERATOR
from tests.support.fakes.fakes import FakeDatabase, FakeThrottle
from tests.support.fakes.interruptions import InterruptedUsers, Interruptions
from tests.support.fakes.stores import Stores
from tests.support.fakes.use_cases_over_fakes import ORIGIN, UseCasesOverFakes

pytestmark = pytest.mark.anyio


async def refusal(house: UseCasesOverFakes, token: str) -> RefusalCause:
    with pytest.raises(InvalidRefreshToken) as error:
        await house.refresh(token)
    return error.value.cause


async def test_a_user_is_stored_under_the_one_form_of_its_name(house: UseCasesOverFakes) -> None:
    user = await house.can.operators.add_user(
        " SomeOne ", PASSWORD, ("reader", "writer"), by=OPERATOR
    )
    assert house.database.users == {user.id: user}
    assert (user.name, user.roles) == ("someone", ("reader", "writer"))
    assert user.created_at == house.clock()
    assert PASSWORD not in (user.password_hash or "")
    assert house.audit.events == [UserAdded(at=house.clock(), subject=user.subject, actor=OPERATOR)]


async def test_a_name_is_taken_once_in_whatever_spelling(house: UseCasesOverFakes) -> None:
    await house.add_user("someone")
    with pytest.raises(UsernameTaken):
        await house.add_user("SOMEONE")
    assert len(house.database.users) == 1


async def test_of_racing_additions_one_wins(house: UseCasesOverFakes) -> None:
    results = await asyncio.gather(*(house.add_user() for _ in range(20)), return_exceptions=True)
    assert sum(isinstance(result, UsernameTaken) for result in results) == 19
    assert len(house.database.users) == 1


async def test_what_no_user_can_have_is_not_added(house: UseCasesOverFakes) -> None:
    with pytest.raises(InvalidUsername):
        await house.can.operators.add_user(" ", PASSWORD, by=OPERATOR)
    with pytest.raises(InvalidPassword):
        await house.can.operators.add_user("someone", "short", by=OPERATOR)
    assert not house.database.users


@pytest.mark.proves("J11")
async def test_a_password_is_set_for_the_user_who_had_the_name_when_the_command_began(
    house: UseCasesOverFakes,
) -> None:
    """Hashing takes a while, and the name can be somebody else's at the end of it."""
    await house.add_user()

    async def another_of_the_same_name() -> None:
        await house.can.operators.delete_user("someone", by=OPERATOR)
        await house.add_user()

    house.passwords.while_hashing = another_of_the_same_name
    with pytest.raises(UserNotFound):
        await house.can.operators.set_password("someone", "another password", by=OPERATOR)
    await house.log_in()


@pytest.mark.proves("J11")
@pytest.mark.parametrize("act", ["disable_user", "enable_user", "log_out_user"])
async def test_a_change_that_lost_its_race_is_made_to_the_same_user_or_to_none(
    house: UseCasesOverFakes, act: str
) -> None:
    await house.add_user()

    async def another_of_the_same_name() -> None:
        await house.can.operators.delete_user("someone", by=OPERATOR)
        await house.add_user()

    interruptions = Interruptions(before_change=another_of_the_same_name)
    users = InterruptedUsers(house.database, interruptions)
    with pytest.raises(UserNotFound):
        await replace(getattr(house.can.operators, act), users=users)("someone", by=OPERATOR)
    [user] = house.database.users.values()
    assert user.version == 0


@pytest.mark.proves("J11")
async def test_a_name_that_is_used_again_gets_another_subject(house: UseCasesOverFakes) -> None:
    first = await house.add_user()
    await house.can.operators.delete_user("someone", by=OPERATOR)
    second = await house.add_user()
    assert first.id != second.id


@pytest.mark.proves("D2", "J11")
async def test_sessions_of_a_deleted_user_are_not_inherited_with_the_name(
    house: UseCasesOverFakes,
) -> None:
    opened = await house.signed_in()
    await house.can.operators.delete_user("someone", by=OPERATOR)
    await house.add_user()
    with pytest.raises(UserNotFound):
        await house.refresh(opened.refresh_token)


async def test_users_are_listed_by_id_in_pages(house: UseCasesOverFakes) -> None:
    users = [await house.add_user(name) for name in ("c", "a", "d", "b")]
    first = await house.can.operators.list_users(size=3)
    second = await house.can.operators.list_users(after=first.items[-1].id, size=3)
    assert first.items + second.items == sorted(users, key=lambda user: user.id)
    assert (first.has_more, second.has_more) == (True, False)


@pytest.mark.proves("L10")
async def test_disabling_shuts_out_at_once(house: UseCasesOverFakes) -> None:
    opened = await house.signed_in()
    await house.can.operators.disable_user("someone", by=OPERATOR)
    assert await refusal(house, opened.refresh_token) is RefusalCause.USER_DISABLED
    with pytest.raises(InvalidCredentials):
        await house.log_in()


@pytest.mark.proves("L10")
async def test_enabling_lets_log_in_again_and_revives_no_session(house: UseCasesOverFakes) -> None:
    opened = await house.signed_in()
    await house.can.operators.disable_user("someone", by=OPERATOR)
    await house.can.operators.enable_user("someone", by=OPERATOR)
    assert await refusal(house, opened.refresh_token) is RefusalCause.USER_DISABLED
    await house.log_in()


@pytest.mark.proves("L10")
async def test_another_password_ends_every_session(house: UseCasesOverFakes) -> None:
    first = await house.signed_in()
    second = await house.log_in()
    await house.can.operators.set_password("someone", "another password", by=OPERATOR)
    for opened in (first, second):
        assert await refusal(house, opened.refresh_token) is RefusalCause.CREDENTIALS_CHANGED
    with pytest.raises(InvalidCredentials):
        await house.log_in()
    await house.can.presenters.authenticate("someone", "another password", ORIGIN)


@pytest.mark.proves("L10")
async def test_ending_any_number_of_sessions_is_one_write(house: UseCasesOverFakes) -> None:
    await house.signed_in()
    for _ in range(100):
        await house.log_in()
    house.database.writes.clear()
    await house.can.operators.log_out_user("someone", by=OPERATOR)
    assert house.database.writes == {"replace user": 1}


async def test_a_logged_out_user_can_log_in_again(house: UseCasesOverFakes) -> None:
    opened = await house.signed_in()
    await house.can.operators.log_out_user("someone", by=OPERATOR)
    assert await refusal(house, opened.refresh_token) is RefusalCause.LOGGED_OUT_EVERYWHERE
    await house.log_in()


async def test_sessions_of_other_users_live_on(house: UseCasesOverFakes) -> None:
    await house.add_user("other")
    other = await house.log_in("other")
    await house.signed_in()
    await house.can.operators.log_out_user("someone", by=OPERATOR)
    await house.can.operators.disable_user("someone", by=OPERATOR)
    await house.can.operators.delete_user("someone", by=OPERATOR)
    assert (await house.refresh(other.refresh_token)).jwt


@pytest.mark.proves("S2")
async def test_every_act_is_audited(house: UseCasesOverFakes) -> None:
    user = await house.add_user()
    house.audit.events.clear()
    await house.can.operators.set_password("someone", "another password", by=OPERATOR)
    await house.can.operators.log_out_user("someone", by=OPERATOR)
    await house.can.operators.disable_user("someone", by=OPERATOR)
    house.passes(MINUTE)
    await house.can.operators.enable_user("someone", by=OPERATOR)
    await house.can.operators.delete_user("someone", by=OPERATOR)
    now, before = house.clock(), house.clock() - MINUTE
    assert house.audit.events == [
        PasswordChanged(at=before, subject=user.subject, actor=OPERATOR),
        LoggedOutEverywhere(at=before, subject=user.subject, actor=OPERATOR),
        UserDisabled(at=before, subject=user.subject, actor=OPERATOR),
        UserEnabled(at=now, subject=user.subject, actor=OPERATOR),
        UserDeleted(at=now, subject=user.subject, actor=OPERATOR),
    ]


async def test_acts_upon_nobody_are_refused_and_not_audited(house: UseCasesOverFakes) -> None:
    acts = [
        house.can.operators.set_password("nobody", "another password", by=OPERATOR),
        house.can.operators.log_out_user("nobody", by=OPERATOR),
        house.can.operators.disable_user("nobody", by=OPERATOR),
        house.can.operators.enable_user("nobody", by=OPERATOR),
        house.can.operators.delete_user("nobody", by=OPERATOR),
        house.can.operators.open_session("nobody", ORIGIN, by=OPERATOR),
        house.can.operators.list_sessions("nobody"),
    ]
    for act in acts:
        with pytest.raises(UserNotFound):
            await act
    assert not house.audit.events


async def test_racing_changes_are_all_made(house: UseCasesOverFakes) -> None:
    """No change overwrites another: the loser of a race begins again."""
    await house.add_user()
    await asyncio.gather(
        house.can.operators.set_password("someone", "another password", by=OPERATOR),
        house.can.operators.disable_user("someone", by=OPERATOR),
        house.can.operators.log_out_user("someone", by=OPERATOR),
    )
    [user] = house.database.users.values()
    assert (user.version, user.credentials_epoch, user.is_disabled) == (3, 3, True)
    assert (await house.passwords.verify("another password", user.password_hash)).matches


async def test_a_change_during_an_outage_changes_nothing(house: UseCasesOverFakes) -> None:
    user = await house.add_user()
    house.database.is_down = True
    with pytest.raises(Unavailable):
        await house.can.operators.disable_user("someone", by=OPERATOR)
    assert house.database.users[user.id] == user
    assert house.audit.names == ["userAdded"]


@dataclass(frozen=True, slots=True)
class ThrottleThatForgetsNothing(FakeThrottle):
    """Fails after the user was changed, as a database does that stops between two statements."""

    async def forget(self, key: str) -> None:
        raise Unavailable("cutOff")


@pytest.mark.proves("S2")
@pytest.mark.parametrize(
    ("act", "audited"),
    [
        (
            lambda can: can.operators.set_password("someone", "another password", by=OPERATOR),
            "passwordChanged",
        ),
        (lambda can: can.operators.enable_user("someone", by=OPERATOR), "userEnabled"),
    ],
    ids=["set password", "enable"],
)
async def test_a_change_is_audited_even_if_the_throttle_fails_after_it(
    act: Callable[[UseCases], Awaitable[None]], audited: str
) -> None:
    database = FakeDatabase()
    stores = replace(
        Stores.in_memory(database), login_throttle=ThrottleThatForgetsNothing(database)
    )
    house = UseCasesOverFakes(stores, database=database)
    await house.add_user()
    await house.can.operators.disable_user("someone", by=OPERATOR)
    with pytest.raises(Unavailable):
        await act(house.can)
    assert house.audit.names[-1] == audited
