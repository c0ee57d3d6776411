"""What every overview of sessions promises (domain.ports.session_register.SessionRegister)."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.causes import EndCause
from domain.ports.session_register import SessionRegister
from domain.ports.sessions import Sessions
from domain.ports.users import Users
from domain.sessions import LiveAt, OwnedSession, Session
from domain.users import User
from tests.support.fakes.builders import DAY, HOUR, IDLE, NOON, SECOND, a_session, a_user
from tests.support.fakes.storing import store_sessions

pytestmark = pytest.mark.anyio


@pytest.fixture
async def user(users: Users) -> User:
    user = a_user(credentials_epoch=1)
    await users.add(user)
    return user


async def five(users: Users, sessions: Sessions, user: User) -> list[Session]:
    return await store_sessions(
        users, sessions, *(a_session(user, opened_at=NOON + number * SECOND) for number in range(5))
    )


def told(page: list[OwnedSession]) -> list[Session]:
    return [found.session for found in page]


async def test_pages_follow_each_other_oldest_first(
    user: User, users: Users, sessions: Sessions, register: SessionRegister
) -> None:
    all_five = await five(users, sessions, user)
    first = told(await register.page(None, LiveAt(NOON, IDLE), after=None, size=2))
    rest = told(await register.page(None, LiveAt(NOON, IDLE), after=first[-1].id, size=9))
    assert first + rest == all_five
    assert len(first) == 2
    behind = rest[-1].id
    assert await register.page(None, LiveAt(NOON, IDLE), after=behind, size=9) == []


async def test_a_page_can_show_what_is_over_until_it_is_purged(
    user: User, users: Users, sessions: Sessions, register: SessionRegister
) -> None:
    kinds: list[dict[str, Any]] = [
        {"ended_at": NOON, "end_cause": EndCause.REUSED},
        {"expires_at": NOON},
        {},
    ]
    stored = await store_sessions(
        users,
        sessions,
        *(
            a_session(user, opened_at=NOON + number * SECOND, **kind)
            for number, kind in enumerate(kinds)
        ),
    )
    assert told(await register.page(user.id, None, after=None, size=9)) == stored
    assert told(await register.page(None, None, after=stored[0].id, size=1)) == [stored[1]]
    assert told(await register.page(user.id, LiveAt(NOON, IDLE), after=None, size=9)) == stored[2:]


@pytest.mark.proves("L11")
async def test_a_page_of_one_user_shows_nobody_else(
    user: User, users: Users, sessions: Sessions, register: SessionRegister
) -> None:
    other = a_user("other")
    await users.add(other)
    (mine,) = await store_sessions(users, sessions, a_session(user))
    await store_sessions(users, sessions, a_session(other))
    page = await register.page(user.id, LiveAt(NOON, IDLE), after=None, size=9)
    assert told(page) == [mine]
    found = await sessions.find(mine.id)
    assert page == [found]


async def test_pages_show_exactly_the_live_sessions(
    user: User, users: Users, sessions: Sessions, register: SessionRegister
) -> None:
    disabled = a_user("disabled", disabled_at=NOON)
    await users.add(disabled)
    live_at, edge = NOON + HOUR, NOON + HOUR - IDLE
    live, *over = await store_sessions(
        users,
        sessions,
        a_session(user, last_used_at=edge, expires_at=live_at + SECOND),
        a_session(user, last_used_at=edge - SECOND),
        a_session(user, expires_at=live_at),
        a_session(user, ended_at=NOON, end_cause=EndCause.REVOKED),
        a_session(user, credentials_epoch=0),
        a_session(disabled),
        a_session(),
    )
    page = await register.page(None, LiveAt(live_at, IDLE), after=None, size=99)
    assert told(page) == [live]
    for session in (live, *over):
        found = await sessions.find(session.id)
        assert found is not None
        assert found.is_live_at(live_at, IDLE) is (session == live)


@pytest.mark.proves("L14")
async def test_purging_forgets_what_expired_long_ago_in_bounded_batches(
    user: User, users: Users, sessions: Sessions, register: SessionRegister
) -> None:
    long_ago = NOON - DAY
    old = [a_session(user, expires_at=long_ago - n * SECOND) for n in range(1, 6)]
    kept = a_session(user, expires_at=long_ago)
    await store_sessions(users, sessions, *old, kept)
    assert [await register.purge(long_ago, at_most=3) for _ in range(3)] == [3, 2, 0]
    assert [await sessions.find(session.id) for session in old] == [None] * 5
    assert await sessions.find(kept.id) is not None


@pytest.mark.proves("L14")
async def test_purging_keeps_what_tells_a_stolen_token_from_a_made_up_one(
    user: User, users: Users, sessions: Sessions, register: SessionRegister
) -> None:
    """Ended and rotated sessions stay until no token of theirs could be live."""
    ended = a_session(user, ended_at=NOON, end_cause=EndCause.REUSED)
    rotated = replace(a_session(user), generation=9, parent=8)
    await store_sessions(users, sessions, ended, rotated)
    assert await register.purge(NOON + 30 * DAY, at_most=99) == 0


async def test_purgers_at_work_together_forget_everything_once(
    user: User, users: Users, sessions: Sessions, register: SessionRegister
) -> None:
    await store_sessions(users, sessions, *(a_session(user, expires_at=NOON) for _ in range(40)))
    batches = [register.purge(NOON + SECOND, at_most=5) for _ in range(8)]
    first_round = sum(await asyncio.gather(*batches))
    assert first_round + await register.purge(NOON + SECOND, at_most=99) == 40


async def test_the_count_leaves_out_what_ended_or_expired(
    user: User, users: Users, sessions: Sessions, register: SessionRegister
) -> None:
    await store_sessions(
        users,
        sessions,
        a_session(user),
        a_session(user, last_used_at=NOON - timedelta(days=30)),
        a_session(user, expires_at=NOON),
        a_session(user, ended_at=NOON, end_cause=EndCause.REVOKED),
    )
    assert await register.count_alive(NOON) == 2
