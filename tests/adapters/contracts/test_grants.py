"""What every storage of sessions promises about their clients and grants."""

import asyncio
from typing import Any

import pytest

from domain.clients import Client, ClientTerms
from domain.grants import Grant
from domain.ports.clients import Clients
from domain.ports.session_register import SessionRegister
from domain.ports.sessions import Sessions
from domain.ports.users import Users
from domain.sessions import (
    AtLimit,
    LiveAt,
    OwnedSession,
    Session,
    SessionClient,
    SessionLimit,
)
from domain.users import User
from tests.support.fakes.builders import (
    HOUR,
    IDLE,
    MINUTE,
    NO_LIMIT,
    NOON,
    SECOND,
    a_client,
    a_session,
    a_user,
)

pytestmark = pytest.mark.anyio

GRANT = Grant(
    audience=("orders", "invoices"),
    scope=("read", "write"),
    claims='{"plan":"pro \\u00e9 é","n":12345678901234567890.10}',
    actor="support-7",
    amr=("pwd", "otp"),
    acr="urn:high",
    authenticated_at=NOON - HOUR / 7,
    proof_key="0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
)


@pytest.fixture
async def user(users: Users) -> User:
    user = a_user(claims='{"tier":1}')
    await users.add(user)
    return user


@pytest.fixture
async def client(clients: Clients) -> Client:
    client = a_client(secret="secret", terms=ClientTerms(idle=HOUR))
    await clients.add(client)
    return client


async def opened(sessions: Sessions, session: Session) -> Session:
    assert await sessions.open(session, NO_LIMIT) == []
    return session


def session_of(client: Client, user: User, **differences: Any) -> Session:
    return a_session(user, client_id=client.id, client_epoch=client.epoch, **differences)


async def found(sessions: Sessions, session: Session) -> OwnedSession:
    found = await sessions.find(session.id)
    assert found is not None
    return found


@pytest.mark.parametrize("grant", [GRANT, Grant(scope=("read",)), None], ids=["all", "one", "none"])
async def test_a_session_keeps_its_grant(
    user: User, sessions: Sessions, grant: Grant | None
) -> None:
    session = await opened(sessions, a_session(user, grant=grant))
    assert (await found(sessions, session)).session == session
    successor = session.advance(beyond=0, parent=0, recoveries=0, now=NOON + HOUR)
    assert await sessions.advance(session, successor)
    assert (await found(sessions, session)).session == successor


async def test_a_session_comes_with_its_owner_s_subject_and_claims(
    users: Users, sessions: Sessions, user: User
) -> None:
    own = await opened(sessions, a_session(user))
    other = a_user("other", subject="4711")
    await users.add(other)
    given = await opened(sessions, a_session(other))
    assert (await found(sessions, own)).owner == user.as_owner()
    assert (await found(sessions, given)).owner == other.as_owner()


async def test_a_session_comes_with_its_client_as_it_stands_now(
    user: User, client: Client, sessions: Sessions, clients: Clients
) -> None:
    session = await opened(sessions, session_of(client, user))
    stands = SessionClient(client.epoch, is_public=False, is_disabled=False, idle=HOUR)
    assert (await found(sessions, session)).client == stands
    assert await clients.replace(client.disabled(NOON))
    stands = SessionClient(client.epoch + 1, is_public=False, is_disabled=True, idle=HOUR)
    assert (await found(sessions, session)).client == stands
    assert await clients.delete(client.id, NOON)
    assert (await found(sessions, session)).client is None


async def test_the_idle_timeout_of_the_client_decides_whether_a_session_is_listed(
    user: User, client: Client, sessions: Sessions, register: SessionRegister
) -> None:
    of_client = await opened(sessions, session_of(client, user))
    of_settings = await opened(sessions, a_session(user))
    for after, listed in (
        (HOUR, {of_client.id, of_settings.id}),
        (HOUR + SECOND, {of_settings.id}),
        (IDLE, {of_settings.id}),
        (IDLE + SECOND, set()),
    ):
        page = await register.page(user.id, LiveAt(NOON + after, IDLE), after=None, size=9)
        assert {one.session.id for one in page} == listed
        assert all(one.is_live_at(NOON + after, IDLE) for one in page)


async def test_a_disabled_client_s_sessions_are_neither_listed_nor_advanced(
    user: User,
    client: Client,
    sessions: Sessions,
    clients: Clients,
    register: SessionRegister,
) -> None:
    session = await opened(sessions, session_of(client, user))
    successor = session.advance(beyond=0, parent=0, recoveries=0, now=NOON + MINUTE)
    disabled = client.disabled(NOON)
    for changed in (disabled, disabled.enabled()):
        assert await clients.replace(changed)
        assert await register.page(user.id, LiveAt(NOON, IDLE), after=None, size=9) == []
        assert not await sessions.advance(session, successor)
    assert await clients.delete(client.id, NOON)
    assert not await sessions.advance(session, successor)


async def test_a_client_of_the_same_id_does_not_revive_the_sessions_of_a_deleted_one(
    user: User, client: Client, sessions: Sessions, clients: Clients, register: SessionRegister
) -> None:
    session = await opened(sessions, session_of(client, user))
    assert await clients.delete(client.id, NOON)
    await clients.add(a_client(client.id, secret="secret"))
    assert not (await found(sessions, session)).is_live_at(NOON, IDLE)
    assert await register.page(user.id, LiveAt(NOON, IDLE), after=None, size=9) == []


async def test_each_client_has_a_limit_of_its_own(
    user: User, client: Client, sessions: Sessions
) -> None:
    limit = SessionLimit(1, AtLimit.END_OLDEST, IDLE)
    first = session_of(client, user)
    assert await sessions.open(first, limit) == []
    assert await sessions.open(a_session(user), limit) == []
    assert await sessions.open(session_of(client, user, opened_at=NOON + SECOND), limit) == [
        first.id
    ]


async def test_racing_log_ins_of_one_client_stay_within_its_limit(
    user: User, client: Client, sessions: Sessions, register: SessionRegister
) -> None:
    limit = SessionLimit(2, AtLimit.END_OLDEST, IDLE)
    tries = [sessions.open(session_of(client, user), limit) for _ in range(10)]
    await asyncio.gather(*tries)
    page = await register.page(user.id, LiveAt(NOON, IDLE), after=None, size=99)
    assert len(page) == 2
