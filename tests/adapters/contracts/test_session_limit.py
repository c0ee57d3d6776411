"""What every storage of sessions promises about how many a user can have."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest

from domain.causes import EndCause
from domain.errors import TooManySessions
from domain.ports.session_register import SessionRegister
from domain.ports.sessions import Sessions
from domain.ports.users import Users
from domain.sessions import AtLimit, LiveAt, Session, SessionLimit
from domain.users import User
from tests.support.fakes.builders import HOUR, IDLE, NO_LIMIT, NOON, SECOND, a_session, a_user
from tests.support.fakes.storing import store_sessions

pytestmark = [pytest.mark.proves("L13"), pytest.mark.anyio]

END_OLDEST = SessionLimit(count=3, at_limit=AtLimit.END_OLDEST, idle=IDLE)
REFUSE = SessionLimit(count=3, at_limit=AtLimit.REFUSE, idle=IDLE)


@pytest.fixture
async def user(users: Users) -> User:
    user = a_user(credentials_epoch=1)
    await users.add(user)
    return user


async def three_sessions(user: User, sessions: Sessions) -> list[Session]:
    three = [a_session(user, opened_at=NOON + number * SECOND) for number in range(3)]
    # The order in which they are stored tells nothing about their age.
    for session in reversed(three):
        await sessions.open(session, NO_LIMIT)
    return three


async def live_ids(register: SessionRegister, user: User) -> list[UUID]:
    page = await register.page(user.id, LiveAt(NOON + HOUR, IDLE), after=None, size=100)
    return [found.session.id for found in page]


async def test_the_oldest_session_makes_room(
    user: User, sessions: Sessions, register: SessionRegister
) -> None:
    oldest, *others = await three_sessions(user, sessions)
    newest = a_session(user, opened_at=NOON + HOUR)
    assert await sessions.open(newest, END_OLDEST) == [oldest.id]
    assert await live_ids(register, user) == [session.id for session in (*others, newest)]
    found = await sessions.find(oldest.id)
    assert found is not None
    assert (found.session.end_cause, found.session.ended_at) == (EndCause.REPLACED, NOON + HOUR)


async def test_a_lowered_limit_ends_all_that_are_too_many_oldest_first(
    user: User, sessions: Sessions
) -> None:
    oldest, older, _ = await three_sessions(user, sessions)
    newest = a_session(user, opened_at=NOON + HOUR)
    assert await sessions.open(newest, replace(END_OLDEST, count=2)) == [oldest.id, older.id]


async def test_a_user_with_room_left_loses_nothing(user: User, sessions: Sessions) -> None:
    await three_sessions(user, sessions)
    assert await sessions.open(a_session(user), replace(END_OLDEST, count=4)) == []


async def test_at_a_limit_that_refuses_nothing_is_stored_and_nothing_ends(
    user: User, sessions: Sessions, register: SessionRegister
) -> None:
    three = await three_sessions(user, sessions)
    refused = a_session(user, opened_at=NOON + HOUR)
    with pytest.raises(TooManySessions):
        await sessions.open(refused, REFUSE)
    assert await sessions.find(refused.id) is None
    assert await live_ids(register, user) == [session.id for session in three]


def ended(session: Session) -> Session:
    return replace(session, ended_at=NOON, end_cause=EndCause.REVOKED)


def expired(session: Session) -> Session:
    return replace(session, expires_at=NOON + HOUR)


def idle(session: Session) -> Session:
    return replace(session, last_used_at=NOON + HOUR - IDLE - SECOND)


def left_behind(session: Session) -> Session:
    return replace(session, credentials_epoch=0)


@pytest.mark.parametrize("over", [ended, expired, idle, left_behind])
async def test_only_live_sessions_count(
    user: User, users: Users, sessions: Sessions, over: Callable[[Session], Session]
) -> None:
    first, second, third = (a_session(user) for _ in range(3))
    await store_sessions(users, sessions, first, over(second), third)
    assert await sessions.open(a_session(user, opened_at=NOON + HOUR), REFUSE) == []
    with pytest.raises(TooManySessions):
        await sessions.open(a_session(user, opened_at=NOON + HOUR), REFUSE)


async def test_every_user_has_a_limit_of_their_own(
    user: User, users: Users, sessions: Sessions
) -> None:
    await three_sessions(user, sessions)
    other = a_user("another")
    await users.add(other)
    assert await sessions.open(a_session(other), REFUSE) == []


async def test_racing_log_ins_cannot_pass_a_limit_that_refuses(
    user: User, sessions: Sessions, register: SessionRegister
) -> None:
    tries = [sessions.open(a_session(user), REFUSE) for _ in range(20)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(outcome == [] for outcome in outcomes) == 3
    assert sum(isinstance(outcome, TooManySessions) for outcome in outcomes) == 17
    assert len(await live_ids(register, user)) == 3


async def test_racing_log_ins_leave_as_many_sessions_as_the_limit_allows(
    user: User, sessions: Sessions, register: SessionRegister
) -> None:
    opened = [a_session(user, opened_at=NOON + n * SECOND) for n in range(20)]
    replaced = await asyncio.gather(*(sessions.open(session, END_OLDEST) for session in opened))
    live = await live_ids(register, user)
    assert len(live) == 3
    # Each of the others was ended by exactly one log-in.
    gone = sorted(session_id for ids in replaced for session_id in ids or ())
    assert gone == sorted({session.id for session in opened} - set(live))
