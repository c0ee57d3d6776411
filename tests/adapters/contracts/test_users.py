"""What every storage of users promises (domain.ports.users.Users)."""

import asyncio
from dataclasses import replace

import pytest

from domain.errors import SubjectTaken, UsernameTaken
from domain.ports.sessions import Sessions
from domain.ports.user_register import UserRegister
from domain.ports.users import Users
from domain.sessions import Session
from domain.users import User
from tests.support.fakes.builders import HOUR, NO_LIMIT, NOON, a_session, a_user
from tests.support.fakes.storing import store_sessions

pytestmark = pytest.mark.anyio

CALLERS = 20


async def stored(users: Users, user: User) -> User:
    await users.add(user)
    return user


async def found(users: Users, user: User) -> User:
    found = await users.with_id(user.id)
    assert found is not None
    return found


async def epoch_of(sessions: Sessions, session: Session) -> int:
    found = await sessions.find(session.id)
    assert found is not None
    return found.session.credentials_epoch


async def test_a_user_is_found_exactly_as_added(users: Users) -> None:
    user = User(
        id=a_user().id,
        subject="4711",
        name="straße 端末 'quoted'",
        password_hash="$argon2id$v=19$x",
        roles=("audit", 'a "role"', "ä"),
        created_at=NOON + HOUR / 7,
        claims='{"plan":"pro","limit":12345678901234567890,"é":[1.10]}',
        credentials_epoch=7,
        disabled_at=NOON + HOUR / 3,
        version=9,
    )
    await users.add(user)
    assert await users.named(user.name or "") == user
    assert await users.with_id(user.id) == user


async def test_an_unknown_user_is_not_found(users: Users) -> None:
    assert await users.named("nobody") is None
    assert await users.with_id(a_user().id) is None


async def test_a_name_belongs_to_one_user(users: Users) -> None:
    first = await stored(users, a_user("taken"))
    with pytest.raises(UsernameTaken):
        await users.add(a_user("taken"))
    assert await users.named("taken") == first


async def test_exactly_one_of_many_racing_callers_gets_a_name(users: Users) -> None:
    tries = [users.add(a_user("wanted")) for _ in range(CALLERS)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == 1
    assert sum(isinstance(outcome, UsernameTaken) for outcome in outcomes) == CALLERS - 1


async def test_a_change_replaces_the_user(users: Users) -> None:
    user = await stored(users, a_user())
    changed = replace(
        user.with_password("another", NOON).disabled(NOON), version=user.version + 1, roles=("new",)
    )
    assert await users.replace(changed)
    assert await users.named(user.name or "") == changed


async def test_a_change_of_what_somebody_else_has_changed_is_refused(users: Users) -> None:
    user = await stored(users, a_user())
    assert await users.replace(user.disabled(NOON))
    assert not await users.replace(user.rehashed("lost update"))
    assert await users.named(user.name or "") == user.disabled(NOON)


async def test_exactly_one_of_many_racing_callers_changes_a_user(users: Users) -> None:
    user = await stored(users, a_user())
    tries = [users.replace(user.rehashed(f"hash {number}")) for number in range(CALLERS)]
    assert sum(await asyncio.gather(*tries)) == 1


async def test_a_user_nobody_added_cannot_be_changed(users: Users) -> None:
    assert not await users.replace(a_user().rehashed("x"))


async def test_the_kept_session_follows_into_the_new_epoch_and_no_other_does(
    users: Users, sessions: Sessions
) -> None:
    user = await stored(users, a_user(credentials_epoch=4))
    kept, other = a_session(user), a_session(user)
    for session in (kept, other):
        await sessions.open(session, NO_LIMIT)
    assert await users.replace(user.with_password("new", NOON), keeping=kept.id)
    assert (await epoch_of(sessions, kept), await epoch_of(sessions, other)) == (5, 4)


async def test_nobody_else_s_session_can_be_kept(users: Users, sessions: Sessions) -> None:
    user, other = await stored(users, a_user()), await stored(users, a_user("other"))
    session = a_session(other)
    await sessions.open(session, NO_LIMIT)
    assert await users.replace(user.with_password("new", NOON), keeping=session.id)
    assert await epoch_of(sessions, session) == 0


@pytest.mark.proves("L10")
async def test_a_session_of_an_earlier_epoch_cannot_be_revived(
    users: Users, sessions: Sessions
) -> None:
    user = await stored(users, a_user(credentials_epoch=4))
    dead = a_session(user, credentials_epoch=3)
    await store_sessions(users, sessions, dead)
    user = await found(users, user)
    assert await users.replace(user.with_password("new", NOON), keeping=dead.id)
    assert await epoch_of(sessions, dead) == 3


async def test_a_change_that_loses_its_race_keeps_nothing(users: Users, sessions: Sessions) -> None:
    """Rollback: both writes happen, or none."""
    user = await stored(users, a_user())
    session = a_session(user)
    await sessions.open(session, NO_LIMIT)
    await users.replace(user.rehashed("somebody was faster"))
    assert not await users.replace(user.with_password("new", NOON), keeping=session.id)
    assert await epoch_of(sessions, session) == 0


async def test_a_change_without_a_new_epoch_leaves_the_kept_session_where_it_is(
    users: Users, sessions: Sessions
) -> None:
    user = await stored(users, a_user(credentials_epoch=4))
    dead, live = a_session(user, credentials_epoch=3), a_session(user)
    await store_sessions(users, sessions, dead, live)
    user = await found(users, user)
    changed = user.rehashed("stronger")
    assert await users.replace(changed, keeping=live.id)
    assert await users.replace(changed.enabled(), keeping=dead.id)
    assert (await epoch_of(sessions, dead), await epoch_of(sessions, live)) == (3, 4)


async def test_exactly_one_of_many_racing_callers_deletes_a_user(users: Users) -> None:
    user = await stored(users, a_user())
    assert sum(await asyncio.gather(*(users.delete(user.id, NOON) for _ in range(CALLERS)))) == 1
    assert await users.named(user.name or "") is None


@pytest.mark.proves("J11")
async def test_a_deleted_user_s_name_is_free_for_another_subject(users: Users) -> None:
    first = await stored(users, a_user("name"))
    await users.delete(first.id, NOON)
    second = await stored(users, a_user("name"))
    assert await users.named("name") == second
    assert second.id != first.id


async def test_pages_follow_each_other_by_id(users: Users, user_register: UserRegister) -> None:
    everybody = [await stored(users, a_user(name)) for name in "fbdace"]
    nameless = await stored(users, a_user(None, password_hash=None))
    by_id = sorted([*everybody, nameless], key=lambda user: user.id)
    first = await user_register.page(after=None, size=4)
    rest = await user_register.page(after=first[-1].id, size=99)
    assert first + rest == by_id
    assert len(first) == 4


async def test_the_next_user_with_a_password_is_found_in_the_order_of_code_points(
    users: Users, user_register: UserRegister
) -> None:
    names = ["10", "9", "Ähre", "_", "a b", "ab", "b", "z", "ä", "ß", "端"]
    for name in names:
        await users.add(a_user(name))
    await users.add(a_user("aa", password_hash=None))
    await users.add(a_user(None))
    found, last = [], ""
    while user := await user_register.next_with_password(last):
        last = user.name or ""
        found.append(last)
    assert found == sorted(names)


async def test_a_user_is_found_by_the_subject(users: Users) -> None:
    own = await stored(users, a_user("own"))
    given = await stored(users, a_user("given", subject="4711"))
    assert await users.with_subject("4711") == given
    assert await users.with_subject(str(own.id)) == own
    for nobody in ("4712", str(own.id).upper(), own.id.hex, f"{{{own.id}}}", str(given.id)):
        assert await users.with_subject(nobody) is None


async def test_a_subject_belongs_to_one_user(users: Users) -> None:
    first = await stored(users, a_user("first", subject="4711"))
    with pytest.raises(SubjectTaken):
        await users.add(a_user("second", subject="4711"))
    assert await users.with_subject("4711") == first
    assert await users.named("second") is None


async def test_exactly_one_of_many_racing_callers_gets_a_subject(users: Users) -> None:
    tries = [users.add(a_user(None, password_hash=None, subject="4711")) for _ in range(CALLERS)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == 1
    assert sum(isinstance(outcome, SubjectTaken) for outcome in outcomes) == CALLERS - 1


async def test_any_number_of_users_have_no_name(users: Users) -> None:
    nameless = [await stored(users, a_user(None)) for _ in range(3)]
    assert [await users.with_id(user.id) for user in nameless] == nameless


async def test_a_change_to_a_name_that_is_taken_is_refused(users: Users) -> None:
    await stored(users, a_user("taken"))
    user = await stored(users, a_user("other"))
    with pytest.raises(UsernameTaken):
        await users.replace(replace(user, name="taken", version=user.version + 1))
    assert await users.with_id(user.id) == user
