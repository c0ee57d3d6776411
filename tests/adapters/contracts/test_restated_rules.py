"""Rules that SQL states again, held to the domain's statement of them, row by generated row."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.causes import EndCause
from domain.clients import Client, ClientTerms
from domain.errors import TooManySessions
from domain.ports.clients import Clients
from domain.ports.session_register import SessionRegister
from domain.ports.sessions import Sessions
from domain.ports.users import Users
from domain.sessions import AtLimit, LiveAt, OwnedSession, Session, SessionLimit
from domain.users import User
from tests.support.fakes.builders import (
    HOUR,
    IDLE,
    MINUTE,
    NOON,
    SECOND,
    a_client,
    a_session,
    a_user,
)
from tests.support.fakes.storing import store_sessions

pytestmark = pytest.mark.anyio

NOW = NOON + HOUR
LIVE = LiveAt(NOW, IDLE)
EDGES = [-SECOND, timedelta(), SECOND]
"""Right before, at and right after the moment that counts."""

# The storage is shared by all examples: every example has a user of its own.
generated = settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


@dataclass(frozen=True)
class Owning:
    """A user, as stored or deleted, and the sessions that were opened for the user.

    `client` is that of some of the sessions, None where it was deleted.
    """

    user: User
    is_deleted: bool
    client: Client | None
    sessions: Sequence[Session]

    async def store(self, users: Users, sessions: Sessions, clients: Clients) -> None:
        await users.add(self.user)
        if self.client is not None:
            await clients.add(self.client)
        await store_sessions(users, sessions, *self.sessions)
        if self.is_deleted:
            await users.delete(self.user.id, NOON)


def _edges(moment: datetime) -> st.SearchStrategy[datetime]:
    return st.sampled_from([moment + edge for edge in EDGES])


@st.composite
def stays(draw: st.DrawFn, user: User, client: Client) -> Session:
    """A session of the user that is live, or over for any of the reasons, or nearly so."""
    ended_at = draw(st.sampled_from([None, None, None, NOON]))
    is_clients = draw(st.booleans())
    epoch = client.epoch + draw(st.sampled_from([0, 0, 0, 1]))
    return a_session(
        user,
        client_id=client.id if is_clients else None,
        client_epoch=epoch if is_clients else None,
        opened_at=NOON + draw(st.integers(0, 99)) * SECOND,
        last_used_at=draw(_edges(NOW - IDLE) | _edges(NOW - MINUTE) | st.just(NOW)),
        expires_at=draw(_edges(NOW) | st.just(NOW + HOUR)),
        ended_at=ended_at,
        end_cause=EndCause.REVOKED if ended_at else None,
        credentials_epoch=user.credentials_epoch + draw(st.sampled_from([0, 0, 0, -1, 1])),
        generation=draw(st.integers(0, 2)),
        parent=draw(st.integers(0, 2)),
    )


@st.composite
def owned(draw: st.DrawFn) -> Owning:
    disabled_at = draw(st.sampled_from([None, None, None, NOON]))
    user = a_user(uuid4().hex, credentials_epoch=1, disabled_at=disabled_at)
    client = a_client(
        uuid4().hex,
        terms=ClientTerms(idle=draw(st.sampled_from([None, None, MINUTE]))),
        disabled_at=draw(st.sampled_from([None, None, None, NOON])),
    )
    sessions = draw(st.lists(stays(user, client), max_size=8))
    return Owning(
        user,
        draw(st.sampled_from([False, False, False, True])),
        draw(st.sampled_from([client, client, client, None])),
        sessions,
    )


Reads = list[tuple[Session, Session]]
"""Sessions as stored, each as a request read it before: the same, or changed in between."""


@st.composite
def read_before(draw: st.DrawFn) -> tuple[Owning, Reads]:
    owning = draw(owned())
    return owning, [
        (
            stored,
            replace(
                stored,
                generation=draw(st.sampled_from([stored.generation, 0, 1])),
                parent=draw(st.sampled_from([stored.parent, 0, 1])),
                credentials_epoch=draw(st.sampled_from([stored.credentials_epoch, 0, 1])),
            ),
        )
        for stored in owning.sessions
    ]


async def found(sessions: Sessions, session: Session) -> OwnedSession:
    found = await sessions.find(session.id)
    assert found is not None
    return found


@generated
@given(owning=owned())
async def test_a_page_shows_exactly_the_sessions_that_the_domain_calls_live(
    users: Users,
    sessions: Sessions,
    clients: Clients,
    register: SessionRegister,
    owning: Owning,
) -> None:
    await owning.store(users, sessions, clients)
    page = await register.page(owning.user.id, LIVE, after=None, size=99)
    stored = [await found(sessions, session) for session in owning.sessions]
    live = [one for one in stored if one.why_over(NOW, IDLE) is None]
    assert page == sorted(live, key=lambda one: one.session.id)


@generated
@given(owning=owned())
async def test_the_count_has_exactly_the_sessions_that_neither_ended_nor_expired(
    users: Users,
    sessions: Sessions,
    clients: Clients,
    register: SessionRegister,
    owning: Owning,
) -> None:
    before = await register.count_alive(NOW)
    await owning.store(users, sessions, clients)
    alive = [one for one in owning.sessions if one.ended_at is None and not one.is_expired_at(NOW)]
    assert await register.count_alive(NOW) == before + len(alive)


@generated
@given(owning=owned(), count=st.integers(1, 5), at_limit=st.sampled_from(AtLimit))
async def test_a_log_in_ends_exactly_the_excess_that_the_domain_names(
    users: Users,
    sessions: Sessions,
    clients: Clients,
    owning: Owning,
    count: int,
    at_limit: AtLimit,
) -> None:
    await owning.store(users, sessions, clients)
    stored = [await found(sessions, session) for session in owning.sessions]
    limit = SessionLimit(count, at_limit, IDLE)
    live = [one.session for one in stored if one.is_live_at(NOW, IDLE)]
    excess = limit.excess([session.id for session in live if session.client_id is None])
    newest = a_session(owning.user, opened_at=NOW)
    if owning.is_deleted or owning.user.is_disabled:
        assert await sessions.open(newest, limit) is None
        assert await sessions.find(newest.id) is None
        return
    if excess and at_limit is AtLimit.REFUSE:
        with pytest.raises(TooManySessions):
            await sessions.open(newest, limit)
        assert [await found(sessions, session) for session in owning.sessions] == stored
        return
    assert await sessions.open(newest, limit) == excess
    for before in stored:
        after = (await found(sessions, before.session)).session
        is_ended = before.session.id in excess
        replaced = replace(before.session, ended_at=NOW, end_cause=EndCause.REPLACED)
        assert after == (replaced if is_ended else before.session)


@generated
@given(case=read_before())
async def test_a_session_advances_exactly_where_the_domain_finds_nothing_changed(
    users: Users, sessions: Sessions, clients: Clients, case: tuple[Owning, Reads]
) -> None:
    owning, reads = case
    await owning.store(users, sessions, clients)
    for stored, read in reads:
        is_unchanged = read == stored and await is_live_but_for_time(sessions, stored)
        successor = read.advance(beyond=read.generation, parent=0, recoveries=0, now=NOW)
        assert await sessions.advance(read, successor) is is_unchanged


async def is_live_but_for_time(sessions: Sessions, session: Session) -> bool:
    """The decision that precedes an advance has judged the time; the condition does not again."""
    one = await found(sessions, session)
    timely = replace(one.session, last_used_at=NOW, expires_at=NOW + HOUR)
    return replace(one, session=timely).is_live_at(NOW, IDLE)
