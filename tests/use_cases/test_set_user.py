"""Users set by back ends and operators: one change at a time, and none lost."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from application.set_user import ChosenPassword
from application.steps.session_terms import NOTHING, Asked
from application.steps.user_lookup import Subject
from domain.actors import Actor
from domain.errors import (
    AmbiguousUser,
    InvalidCredentials,
    InvalidRefreshToken,
    InvalidUsername,
    Unavailable,
    UserNotFound,
)
from domain.users import Profile
from tests.support.alice import PASSWORD
from tests.support.fakes.builders import OPERATOR, a_user
from tests.support.fakes.fakes import Patience
from tests.support.fakes.use_cases_over_fakes import ORIGIN, UseCasesOverFakes

pytestmark = pytest.mark.anyio

BACK_END = Actor.client("shop")
ALICE = Subject("4711")


@pytest.fixture
def house() -> UseCasesOverFakes:
    return UseCasesOverFakes()


def with_role(role: str) -> Callable[[Profile], Profile]:
    return lambda profile: replace(profile, roles=(*profile.roles, role))


async def test_racing_additions_of_one_subject_make_one_user(house: UseCasesOverFakes) -> None:
    stored = await asyncio.gather(
        *(
            house.can.back_ends.set_user(ALICE, with_role(str(number)), by=BACK_END, adding=True)
            for number in range(5)
        )
    )
    assert sum(one.is_new for one in stored) == 1
    [user] = house.database.users.values()
    assert sorted(user.roles) == list("01234")
    assert house.audit.names.count("userAdded") == 1


async def test_racing_openings_for_one_subject_make_one_user(house: UseCasesOverFakes) -> None:
    opened = await asyncio.gather(
        *(
            house.can.back_ends.open_session(ALICE, ORIGIN, by=BACK_END, adding=True)
            for _ in range(5)
        )
    )
    [user] = house.database.users.values()
    assert {one.session.user_id for one in opened} == {user.id}
    for one in opened:
        assert await house.refresh(one.refresh_token)


@pytest.mark.parametrize("act", ["disable_user", "delete_user", "log_out_user"])
async def test_no_session_outlives_a_change_that_overtakes_its_opening(
    house: UseCasesOverFakes, act: str
) -> None:
    user = a_user(None, subject="4711", password_hash=None)
    await house.stores.users.add(user)
    opener = house.can.back_ends.open_session.session_for_user.session_opener
    await getattr(house.can.operators, act)(ALICE, by=OPERATOR)
    assert await opener(user, None, NOTHING, ORIGIN, house.clock()) is None
    assert not house.database.sessions


async def test_the_claims_and_roles_of_now_are_in_every_jwt(house: UseCasesOverFakes) -> None:
    opened = await house.can.back_ends.open_session(
        ALICE, ORIGIN, Asked(claims='{"of":"session"}'), by=BACK_END, adding=True
    )
    set_user = house.can.back_ends.set_user

    def promoted(profile: Profile) -> Profile:
        return replace(profile, claims='{"plan":"pro"}', roles=("gold",))

    await set_user(ALICE, promoted, by=BACK_END)
    claims = house.jwts.signed[(await house.refresh(opened.refresh_token)).jwt]
    assert (claims.claims, claims.roles) == ('{"plan":"pro"}', ("gold",))
    assert claims.grant is not None
    assert claims.grant.claims == '{"of":"session"}'


async def test_a_name_that_was_stored_under_older_rules_can_stay(house: UseCasesOverFakes) -> None:
    await house.stores.users.add(a_user("zero\u200bwidth", subject="4711"))
    await house.can.back_ends.set_user(ALICE, with_role("a"), by=BACK_END)

    def renamed(profile: Profile) -> Profile:
        return replace(profile, name="another\u200bone")

    with pytest.raises(InvalidUsername):
        await house.can.back_ends.set_user(ALICE, renamed, by=BACK_END)


async def test_a_user_without_a_password_cannot_log_in_and_costs_as_much(
    house: UseCasesOverFakes,
) -> None:
    """Checklist G1 and G2: the same answer, and one verification, for everybody."""
    await house.add_user("with")
    named = lambda profile: replace(profile, name="without")  # noqa: E731
    await house.can.back_ends.set_user(ALICE, named, by=BACK_END, adding=True)
    spent = []
    for name in ("with", "without", "nobody"):
        house.passwords.spent.clear()
        with pytest.raises(InvalidCredentials):
            await house.can.presenters.authenticate(name, "wrong password", ORIGIN)
        spent.append(list(house.passwords.spent))
    assert spent[0] == spent[1] == spent[2]
    assert len(spent[0]) == 1


async def test_a_chosen_password_logs_in_and_ends_the_sessions_before(
    house: UseCasesOverFakes,
) -> None:
    named = lambda profile: replace(profile, name="alice")  # noqa: E731
    set_user = house.can.back_ends.set_user
    await set_user(ALICE, named, by=BACK_END, password=ChosenPassword(PASSWORD), adding=True)
    before = await house.log_in("alice")
    await set_user(ALICE, named, by=BACK_END, password=ChosenPassword("another password"))
    with pytest.raises(InvalidRefreshToken):
        await house.can.presenters.refresh(before.refresh_token, Patience())
    with pytest.raises(InvalidCredentials):
        await house.log_in("alice")


async def test_an_operator_names_a_user_by_name_or_by_subject(house: UseCasesOverFakes) -> None:
    user = await house.add_user("alice")
    for key in ("alice", "ALICE", user.subject):
        stored = await house.can.operators.set_user(key, with_role(key), by=OPERATOR)
        assert (stored.user.id, stored.is_new) == (user.id, False)
    with pytest.raises(UserNotFound):
        await house.can.operators.set_user("nobody", with_role("a"), by=OPERATOR)
    await house.stores.users.add(a_user("other", subject="alice"))
    with pytest.raises(AmbiguousUser):
        await house.can.operators.disable_user("alice", by=OPERATOR)
    await house.can.back_ends.delete_user(Subject("alice"), by=BACK_END)
    await house.can.operators.disable_user("alice", by=OPERATOR)


async def test_a_user_that_changes_without_end_is_left_alone(house: UseCasesOverFakes) -> None:
    await house.stores.users.add(a_user("alice", subject="4711"))
    [user] = house.database.users.values()

    def overtaken(profile: Profile) -> Profile:
        current = house.database.users[user.id]
        house.database.users[user.id] = replace(current, version=current.version + 1)
        return with_role("lost")(profile)

    with pytest.raises(Unavailable) as unavailable:
        await house.can.back_ends.set_user(ALICE, overtaken, by=BACK_END)
    assert unavailable.value.reason == "contended"
    assert house.database.users[user.id].roles == ()
