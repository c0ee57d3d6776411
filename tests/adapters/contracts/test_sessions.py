"""What every storage of sessions promises (domain.ports.sessions.Sessions)."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from domain.causes import EndCause, RefusalCause
from domain.ports.sessions import Sessions
from domain.ports.users import Users
from domain.sessions import EpochEnd, Origin, Owner, Renewal, Session
from domain.users import User
from tests.support.fakes.builders import (
    ANOTHER_SECRET,
    HOUR,
    IDLE,
    NO_LIMIT,
    NOON,
    SECOND,
    a_session,
    a_user,
)
from tests.support.fakes.storing import store_sessions

pytestmark = pytest.mark.anyio

CALLERS = 50


async def an_open_session(users: Users, sessions: Sessions, **differences: Any) -> Session:
    user = a_user(**differences)
    await users.add(user)
    session = a_session(user)
    await sessions.open(session, NO_LIMIT)
    return session


def rotated(session: Session) -> Session:
    current = session.generation
    return session.advance(beyond=current, parent=current, recoveries=0, now=NOON + HOUR)


def shut_out(user: User) -> User:
    return user.disabled(NOON)


def moved_on(user: User) -> User:
    return user.logged_out_everywhere(NOON)


async def test_a_session_is_found_exactly_as_it_was_opened(
    users: Users, sessions: Sessions
) -> None:
    session = Session(
        id=a_session().id,
        user_id=a_user().id,
        secret_digest=ANOTHER_SECRET,
        renewal=Renewal.REUSABLE,
        credentials_epoch=5,
        opened_at=NOON,
        last_used_at=NOON + HOUR / 7,
        expires_at=NOON + 2 * HOUR,
        generation=2**32 - 1,
        parent=2**32 - 3,
        rotated_at=NOON + 3 * SECOND / 7,
        recoveries=2,
        ended_at=NOON + 5 * SECOND,
        end_cause=EndCause.REUSED,
        origin=Origin("Mozilla/5.0 (Ünïcode; 端末)", "2001:db8::1"),
    )
    await store_sessions(users, sessions, session)
    found = await sessions.find(session.id)
    assert found is not None
    assert found.session == session


@pytest.mark.proves("L10")
@pytest.mark.parametrize("change", [shut_out, moved_on, None], ids=["disabled", "epoch", "deleted"])
async def test_no_session_is_opened_for_a_user_who_changed_since(
    users: Users, sessions: Sessions, change: Callable[[User], User] | None
) -> None:
    user = a_user()
    await users.add(user)
    late = a_session(user)
    if change is None:
        await users.delete(user.id, NOON)
        await users.add(a_user("someone"))
    else:
        assert await users.replace(change(user))
    assert await sessions.open(late, NO_LIMIT) is None
    assert await sessions.find(late.id) is None


async def test_a_log_in_that_waits_for_the_end_of_all_sessions_opens_none(
    users: Users, sessions: Sessions
) -> None:
    """Whichever comes first: no session is live after the change."""
    user = a_user()
    await users.add(user)
    opening = [a_session(user) for _ in range(CALLERS)]
    opens = [sessions.open(session, NO_LIMIT) for session in opening]
    half = CALLERS // 2
    await asyncio.gather(*opens[:half], users.replace(moved_on(user)), *opens[half:])
    for session in opening:
        found = await sessions.find(session.id)
        assert found is None or not found.is_live_at(NOON, IDLE)


async def test_a_session_nobody_opened_is_not_found(sessions: Sessions) -> None:
    assert await sessions.find(a_session().id) is None


async def test_a_session_comes_with_its_user_as_both_stand_now(
    users: Users, sessions: Sessions
) -> None:
    session = await an_open_session(users, sessions, roles=("admin", "audit"), credentials_epoch=3)
    found = await sessions.find(session.id)
    assert found is not None
    assert found.owner == Owner(str(session.user_id), ("admin", "audit"), 3, is_disabled=False)
    user = await users.with_id(session.user_id)
    assert user is not None
    await users.replace(user.disabled(NOON))
    found = await sessions.find(session.id)
    assert found is not None
    ended = EpochEnd(3, RefusalCause.USER_DISABLED)
    assert found.owner == Owner(
        str(session.user_id),
        ("admin", "audit"),
        4,
        is_disabled=True,
        revoked_at=NOON,
        epoch_ends=(ended,),
    )


@pytest.mark.proves("D2")
async def test_a_session_outlives_its_user(users: Users, sessions: Sessions) -> None:
    """404 answers an authentic token, so the row has to stay."""
    session = await an_open_session(users, sessions)
    await users.delete(session.user_id, NOON)
    found = await sessions.find(session.id)
    assert found is not None
    assert (found.session, found.owner) == (session, None)


async def test_advancing_replaces_the_session_by_its_successor(
    users: Users, sessions: Sessions
) -> None:
    session = await an_open_session(users, sessions)
    successor = rotated(session)
    assert await sessions.advance(session, successor)
    found = await sessions.find(session.id)
    assert found is not None
    assert found.session == successor


async def test_advancing_touches_no_other_session(users: Users, sessions: Sessions) -> None:
    session = await an_open_session(users, sessions)
    other = a_session(session.user_id)
    await sessions.open(other, NO_LIMIT)
    await sessions.advance(session, rotated(session))
    found = await sessions.find(other.id)
    assert found is not None
    assert found.session == other


@pytest.mark.proves("L7")
async def test_exactly_one_of_many_racing_callers_advances(
    users: Users, sessions: Sessions
) -> None:
    """Five times over."""
    session = await an_open_session(users, sessions)
    for _ in range(5):
        successor = rotated(session)
        tries = [sessions.advance(session, successor) for _ in range(CALLERS)]
        assert sum(await asyncio.gather(*tries)) == 1
        session = successor


async def test_a_successor_that_differs_in_its_parent_alone_is_another_session(
    users: Users, sessions: Sessions
) -> None:
    session = await an_open_session(users, sessions)
    seen = replace(session, parent=session.parent + 1)
    assert not await sessions.advance(seen, rotated(seen))


@pytest.mark.proves("L10")
@pytest.mark.parametrize("change", [shut_out, moved_on])
async def test_no_session_advances_once_its_user_has_changed(
    users: Users, sessions: Sessions, change: Callable[[User], User]
) -> None:
    """The change comes between a refresh's read and its write."""
    session = await an_open_session(users, sessions)
    user = await users.with_id(session.user_id)
    assert user is not None
    await users.replace(change(user))
    assert not await sessions.advance(session, rotated(session))


@pytest.mark.proves("L10")
@pytest.mark.parametrize("change", [shut_out, moved_on])
async def test_what_advanced_before_its_user_changed_is_dead_afterwards(
    users: Users, sessions: Sessions, change: Callable[[User], User]
) -> None:
    """The change comes after the write."""
    session = await an_open_session(users, sessions)
    user = await users.with_id(session.user_id)
    assert user is not None
    await sessions.advance(session, rotated(session))
    await users.replace(change(user))
    found = await sessions.find(session.id)
    assert found is not None
    assert not found.is_live_at(NOON + HOUR, IDLE)


@pytest.mark.proves("L10")
@pytest.mark.parametrize("change", [shut_out, moved_on])
async def test_no_session_lives_through_a_change_that_races_its_refreshes(
    users: Users, sessions: Sessions, change: Callable[[User], User]
) -> None:
    """The change comes anywhere."""
    for round_ in range(10):
        session = await an_open_session(users, sessions, name=f"user {round_}")
        user = await users.with_id(session.user_id)
        assert user is not None
        tries = [sessions.advance(session, rotated(session)) for _ in range(5)]
        await asyncio.gather(*tries[:2], users.replace(change(user)), *tries[2:])
        found = await sessions.find(session.id)
        assert found is not None
        assert not found.is_live_at(NOON + HOUR, IDLE)
        assert not await sessions.advance(found.session, rotated(found.session))


async def test_no_session_advances_once_its_user_is_deleted(
    users: Users, sessions: Sessions
) -> None:
    session = await an_open_session(users, sessions)
    await users.delete(session.user_id, NOON)
    assert not await sessions.advance(session, rotated(session))


async def test_no_session_advances_once_it_has_ended(users: Users, sessions: Sessions) -> None:
    session = await an_open_session(users, sessions)
    await sessions.end(session.id, EndCause.REVOKED, NOON)
    assert not await sessions.advance(session, rotated(session))


async def test_a_session_can_jump_over_generations_that_the_database_lost(
    users: Users, sessions: Sessions
) -> None:
    session = await an_open_session(users, sessions)
    ahead = session.advance(beyond=7, parent=7, recoveries=0, now=NOON + HOUR)
    assert await sessions.advance(session, ahead)
    found = await sessions.find(session.id)
    assert found is not None
    assert (found.session.generation, found.session.parent) == (8, 7)


async def test_touching_moves_the_last_use_and_nothing_else(
    users: Users, sessions: Sessions
) -> None:
    session = await an_open_session(users, sessions)
    await sessions.touch(session, NOON + HOUR)
    found = await sessions.find(session.id)
    assert found is not None
    assert found.session == replace(session, last_used_at=NOON + HOUR)


async def test_a_late_touch_changes_nothing(users: Users, sessions: Sessions) -> None:
    session = await an_open_session(users, sessions)
    await sessions.touch(session, NOON + 2 * HOUR)
    await sessions.touch(session, NOON + HOUR)
    found = await sessions.find(session.id)
    assert found is not None
    assert found.session.last_used_at == NOON + 2 * HOUR


@pytest.mark.proves("L6")
async def test_exactly_one_of_many_racing_callers_ends_a_session(
    users: Users, sessions: Sessions
) -> None:
    """So that reuse is audited once."""
    session = await an_open_session(users, sessions)
    tries = [sessions.end(session.id, EndCause.REUSED, NOON) for _ in range(CALLERS)]
    assert sum(await asyncio.gather(*tries)) == 1


async def test_an_ended_session_keeps_its_first_end(users: Users, sessions: Sessions) -> None:
    session = await an_open_session(users, sessions)
    await sessions.end(session.id, EndCause.REUSED, NOON)
    assert not await sessions.end(session.id, EndCause.REVOKED, NOON + HOUR)
    found = await sessions.find(session.id)
    assert found is not None
    assert (found.session.end_cause, found.session.ended_at) == (EndCause.REUSED, NOON)


async def test_a_session_nobody_opened_cannot_be_ended(sessions: Sessions) -> None:
    assert not await sessions.end(a_session().id, EndCause.REVOKED, NOON)


@pytest.mark.proves("L7", "L10")
async def test_a_session_that_is_ended_while_it_advances_stays_ended(
    users: Users, sessions: Sessions
) -> None:
    """The end holds, in either order."""
    for round_ in range(10):
        session = await an_open_session(users, sessions, name=f"user {round_}")
        tries = [sessions.advance(session, rotated(session)) for _ in range(3)]
        end = sessions.end(session.id, EndCause.REVOKED, NOON)
        *_, ended = await asyncio.gather(*tries, end)
        found = await sessions.find(session.id)
        assert ended
        assert found is not None
        assert found.session.end_cause is EndCause.REVOKED
