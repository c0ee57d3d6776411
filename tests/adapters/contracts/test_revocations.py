"""The contract of Revocations: every end of JWTs is published, when it is stored."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.causes import EndCause, RevocationCause
from domain.revocations import Named, Revocation
from domain.sessions import AtLimit, Session, SessionLimit
from domain.users import Profile, User
from tests.support.fakes.builders import (
    HOUR,
    IDLE,
    NO_LIMIT,
    NOON,
    SECOND,
    a_client,
    a_session,
    a_signing_key,
    a_user,
)
from tests.support.fakes.stores import Stores

pytestmark = pytest.mark.anyio

AT_ONCE = timedelta()
LATER = NOON + HOUR


async def published(stores: Stores, cursor: str | None = None) -> set[Revocation]:
    return set((await stores.revocations.after(cursor, SECOND)).revocations)


async def a_stored_session(stores: Stores, **differences: Any) -> tuple[User, Session]:
    user = a_user(None)
    await stores.users.add(user)
    session = a_session(user, **differences)
    assert await stores.sessions.open(session, NO_LIMIT) == []
    return user, session


def of_session(session: Session, cause: RevocationCause) -> Revocation:
    return Revocation(Named.SESSION, str(session.id), cause, LATER)


async def test_nothing_is_published_while_nothing_is_revoked(stores: Stores) -> None:
    await a_stored_session(stores)
    assert (await stores.revocations.after(None, AT_ONCE)).revocations == ()


@pytest.mark.parametrize("cause", [EndCause.REVOKED, EndCause.REUSED])
async def test_the_end_of_a_session_is_published_once(stores: Stores, cause: EndCause) -> None:
    _, session = await a_stored_session(stores)
    assert await stores.sessions.end(session.id, cause, LATER)
    assert not await stores.sessions.end(session.id, cause, LATER + HOUR)
    assert await published(stores) == {of_session(session, RevocationCause(cause.value))}


async def test_sessions_that_make_room_are_published(stores: Stores) -> None:
    user, first = await a_stored_session(stores)
    second = a_session(user, opened_at=LATER)
    limit = SessionLimit(count=1, at_limit=AtLimit.END_OLDEST, idle=IDLE)
    assert await stores.sessions.open(second, limit) == [first.id]
    assert await published(stores) == {of_session(first, RevocationCause.REPLACED)}


CHANGES = {
    RevocationCause.LOGGED_OUT_EVERYWHERE: lambda user: user.logged_out_everywhere(LATER),
    RevocationCause.CREDENTIALS_CHANGED: lambda user: user.with_password("another hash", LATER),
    RevocationCause.USER_DISABLED: lambda user: user.disabled(LATER),
    RevocationCause.CLAIMS_CHANGED: lambda user: user.succeeded_by(
        user.with_profile(replace(user.profile, roles=("admin",)), LATER)
    ),
}


@pytest.mark.parametrize("cause", CHANGES)
async def test_a_change_of_a_user_is_published(stores: Stores, cause: RevocationCause) -> None:
    user, _ = await a_stored_session(stores)
    assert await stores.users.replace(CHANGES[cause](user))
    assert await published(stores) == {Revocation(Named.SUBJECT, user.subject, cause, LATER)}
    stored = await stores.users.with_id(user.id)
    assert stored is not None
    assert (stored.revoked_at, stored.revocation) == (LATER, None)


async def test_a_change_that_concerns_no_jwt_is_not_published(stores: Stores) -> None:
    user, _ = await a_stored_session(stores)
    renamed = user.succeeded_by(user.with_profile(Profile(name="another"), LATER))
    assert await stores.users.replace(renamed)
    assert await stores.users.replace(renamed.rehashed("another hash"))
    assert (await stores.revocations.after(None, AT_ONCE)).revocations == ()


async def test_a_change_that_lost_its_race_is_not_published(stores: Stores) -> None:
    user, _ = await a_stored_session(stores)
    assert await stores.users.replace(user.rehashed("another hash"))
    assert not await stores.users.replace(user.disabled(LATER))
    assert (await stores.revocations.after(None, AT_ONCE)).revocations == ()


async def test_a_deleted_user_is_published_once(stores: Stores) -> None:
    user, _ = await a_stored_session(stores)
    assert await stores.users.delete(user.id, LATER)
    assert not await stores.users.delete(user.id, LATER)
    gone = Revocation(Named.SUBJECT, user.subject, RevocationCause.USER_GONE, LATER)
    assert await published(stores) == {gone}


async def test_a_user_who_is_deleted_right_after_another_change_is_published_a_second_later(
    stores: Stores,
) -> None:
    user, _ = await a_stored_session(stores)
    assert await stores.users.replace(user.logged_out_everywhere(LATER))
    assert await stores.users.delete(user.id, LATER)
    causes = {line.cause: line.at for line in await published(stores)}
    assert causes == {
        RevocationCause.LOGGED_OUT_EVERYWHERE: LATER,
        RevocationCause.USER_GONE: LATER + SECOND,
    }


@pytest.mark.parametrize("act", ["disable", "delete"])
async def test_the_live_sessions_of_a_client_are_published(stores: Stores, act: str) -> None:
    client = a_client()
    await stores.clients.add(client)
    of = {"client_id": client.id, "client_epoch": client.epoch}
    _, live = await a_stored_session(stores, **of)
    _, ended = await a_stored_session(stores, **of)
    _, _expired = await a_stored_session(stores, **of, expires_at=NOON + SECOND)
    _, _other = await a_stored_session(stores)
    await stores.sessions.end(ended.id, EndCause.REVOKED, LATER)
    if act == "disable":
        assert await stores.clients.replace(client.disabled(LATER))
        assert await stores.clients.replace(client.disabled(LATER).enabled())
    else:
        assert await stores.clients.delete(client.id, LATER)
    assert await published(stores) == {
        of_session(ended, RevocationCause.SESSION_REVOKED),
        of_session(live, RevocationCause.CLIENT_DISABLED),
    }


async def test_a_key_is_published_if_jwts_of_it_can_live(stores: Stores) -> None:
    keys = [a_signing_key(number) for number in (1, 2)]
    for key in keys:
        assert await stores.signing_keys.add(key)
    assert await stores.signing_keys.remove(keys[0].id)
    assert await stores.signing_keys.remove(keys[1].id, revoked_at=LATER)
    assert not await stores.signing_keys.remove(keys[1].id, revoked_at=LATER)
    removed = Revocation(Named.KEY, keys[1].id, RevocationCause.KEY_REMOVED, LATER)
    assert await published(stores) == {removed}


async def test_a_follower_receives_what_came_after_its_cursor(stores: Stores) -> None:
    _, first = await a_stored_session(stores)
    _, second = await a_stored_session(stores)
    await stores.sessions.end(first.id, EndCause.REVOKED, LATER)
    begun = await stores.revocations.after(None, SECOND)
    assert len(begun.revocations) == 1
    waiting = asyncio.create_task(stores.revocations.after(begun.cursor, 5 * SECOND))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    await stores.sessions.end(second.id, EndCause.REVOKED, LATER)
    news = await asyncio.wait_for(waiting, 3)
    assert news.revocations == (of_session(second, RevocationCause.SESSION_REVOKED),)
    nothing = await stores.revocations.after(news.cursor, AT_ONCE)
    assert nothing.revocations == ()


async def test_a_cursor_of_another_history_receives_everything(stores: Stores) -> None:
    _, session = await a_stored_session(stores)
    await stores.sessions.end(session.id, EndCause.REVOKED, LATER)
    assert len(await published(stores, "9" * 18)) == 1


async def test_many_followers_have_the_same_news(stores: Stores) -> None:
    _, session = await a_stored_session(stores)
    cursor = (await stores.revocations.after(None, AT_ONCE)).cursor
    waiting = [
        asyncio.create_task(stores.revocations.after(cursor, 5 * SECOND)) for _ in range(200)
    ]
    await asyncio.sleep(0.1)
    await stores.sessions.end(session.id, EndCause.REVOKED, LATER)
    answers = await asyncio.wait_for(asyncio.gather(*waiting), 5)
    assert {len(answer.revocations) for answer in answers} == {1}


async def test_old_revocations_are_purged_and_no_cursor_stumbles(stores: Stores) -> None:
    sessions = [(await a_stored_session(stores))[1] for _ in range(4)]
    for number, session in enumerate(sessions[:3]):
        await stores.sessions.end(session.id, EndCause.REVOKED, LATER + number * HOUR)
    before = (await stores.revocations.after(None, SECOND)).cursor
    assert await stores.revocations.purge(LATER + HOUR, at_most=100) == 1
    assert await stores.revocations.purge(LATER + 9 * HOUR, at_most=1) == 1
    assert await stores.revocations.purge(LATER + 9 * HOUR, at_most=100) == 1
    await stores.sessions.end(sessions[3].id, EndCause.REVOKED, LATER)
    news = await stores.revocations.after(before, 2 * SECOND)
    assert of_session(sessions[3], RevocationCause.SESSION_REVOKED) in news.revocations
