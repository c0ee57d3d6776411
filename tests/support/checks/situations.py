"""Situations in which a refresh token is presented, for property tests of the decision table."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import strategies as st

from domain.causes import EndCause
from domain.decision_table import RenewalPolicy, Rule
from domain.sessions import OwnedSession, PresentingClient, Renewal, Session, SessionClient
from tests.support.checks.decision_table import Situation
from tests.support.fakes.builders import (
    ANOTHER_SECRET,
    HOUR,
    IDLE,
    NOON,
    SECOND,
    SECRET,
    a_session,
    a_token,
    an_owner,
)


def _moments(earliest: int, latest: int) -> st.SearchStrategy[datetime]:
    return st.integers(earliest, latest).map(lambda seconds: NOON + seconds * SECOND)


def _spans(longest: int) -> st.SearchStrategy[timedelta]:
    return st.integers(0, longest).map(lambda seconds: seconds * SECOND)


policies = st.builds(
    RenewalPolicy,
    coalesce=_spans(20),
    grace=_spans(20),
    recoveries=st.integers(0, 3),
    idle=_spans(300),
)

moments = _moments(-60, 240)


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    """Any row at all, those included that no sequence of rotations would leave behind."""
    generation = draw(st.integers(0, 5))
    ended_at = draw(st.none() | moments)
    return a_session(
        renewal=draw(st.sampled_from(Renewal)),
        generation=generation,
        parent=draw(st.integers(0, generation)),
        rotated_at=draw(st.none() | moments),
        recoveries=draw(st.integers(0, 4)),
        last_used_at=draw(moments),
        expires_at=draw(_moments(60, 300)),
        ended_at=ended_at,
        end_cause=draw(st.sampled_from(EndCause)) if ended_at else None,
        credentials_epoch=draw(st.integers(0, 1)),
    )


owners = st.none() | st.builds(
    an_owner, credentials_epoch=st.integers(0, 1), is_disabled=st.booleans()
)


clients = st.none() | st.builds(
    SessionClient,
    epoch=st.sampled_from([7, 7, 8]),
    is_public=st.booleans(),
    is_disabled=st.sampled_from([False, False, True]),
    idle=st.sampled_from([None, HOUR]),
)


@st.composite
def any_situation(draw: st.DrawFn) -> Situation:
    """Any combination at all. Most are decided by the first four rows."""
    session = draw(sessions())
    secret = draw(st.sampled_from([SECRET, SECRET, SECRET, ANOTHER_SECRET]))
    token = a_token(session, draw(st.integers(0, 7)), secret)
    client_id = draw(st.sampled_from([None, "app"]))
    session = replace(session, client_id=client_id, client_epoch=7 if client_id else None)
    client = draw(clients) if client_id else None
    found = OwnedSession(session, draw(owners), client) if draw(st.integers(0, 9)) else None
    named = draw(st.sampled_from([client_id, client_id, None, "app", "other"]))
    presenting = PresentingClient(named, is_proved=named is not None and draw(st.booleans()))
    presented = draw(st.sampled_from([presenting, presenting, None]))
    return Situation(found, token, draw(moments), draw(policies), presented)


@st.composite
def alive(draw: st.DrawFn) -> Situation:
    """A situation of a live session that rotated at noon."""
    generation = draw(st.integers(1, 5))
    session = a_session(
        generation=generation,
        parent=draw(st.integers(0, generation - 1)),
        rotated_at=NOON,
        recoveries=draw(st.integers(0, 4)),
    )
    owner = an_owner(roles=draw(st.sampled_from([(), ("reader",)])))
    token = a_token(session, draw(st.integers(0, 7)))
    policy = replace(draw(policies), idle=IDLE)
    return Situation(OwnedSession(session, owner), token, draw(moments), policy)


@st.composite
def aimed_at(draw: st.DrawFn, rule: Rule) -> Situation:
    """A situation that the row of `rule` decides, the edges of its windows included."""
    live = draw(alive())
    session, policy = live.session, live.policy
    current, parent = session.generation, session.parent
    match rule:
        case Rule.UNRECOGNIZED | Rule.FOREIGN | Rule.ENDED | Rule.EXPIRED | Rule.OWNER:
            return draw(st.sampled_from(_broken(live, draw(st.sampled_from(EndCause)))[rule]))
        case Rule.REUSABLE:
            return live.of(replace(session, renewal=Renewal.REUSABLE))
        case Rule.BURST:
            return live.presenting(current, draw(_moments_before(policy.coalesce)))
        case Rule.ROTATION:
            return live.presenting(current, draw(_moments_from(policy.coalesce)))
        case Rule.GRACE:
            return live.presenting(parent, draw(_moments_before(policy.grace + SECOND)))
        case Rule.RECOVERY:
            hopeful = live.of(replace(session, recoveries=draw(st.integers(0, policy.recoveries))))
            allowing = replace(hopeful, policy=replace(policy, recoveries=policy.recoveries + 1))
            return allowing.presenting(parent, draw(_moments_from(policy.grace + SECOND)))
        case Rule.REUSE if current > 1 and draw(st.booleans()):
            older = draw(st.integers(0, current - 1).filter(lambda one: one != parent))
            return live.presenting(older, live.now)
        case Rule.REUSE:
            spent = live.of(
                replace(session, recoveries=policy.recoveries + draw(st.integers(0, 1)))
            )
            return spent.presenting(parent, draw(_moments_from(policy.grace + SECOND)))
        case Rule.LOST_ROTATION:
            return live.presenting(current + draw(st.integers(1, 3)), live.now)


def _broken(live: Situation, cause: EndCause) -> dict[Rule, list[Situation]]:
    """The live situation with one thing broken, by the rule that says so."""
    session = live.session
    return {
        Rule.UNRECOGNIZED: [
            replace(live, found=None),
            replace(live, token=replace(live.token, secret=ANOTHER_SECRET)),
        ],
        Rule.FOREIGN: [
            replace(live, client=PresentingClient("other", is_proved=True)),
            replace(
                _held(live, SessionClient(7, is_public=False, is_disabled=False)),
                client=PresentingClient("app", is_proved=False),
            ),
            replace(
                _held(live, SessionClient(7, is_public=True, is_disabled=False)),
                client=PresentingClient(None, is_proved=False),
            ),
            _held(live, SessionClient(7, is_public=False, is_disabled=False)),
            replace(
                _held(live, SessionClient(7, is_public=True, is_disabled=False)),
                client=PresentingClient("other", is_proved=False),
            ),
        ],
        Rule.ENDED: [live.of(replace(session, ended_at=NOON, end_cause=cause))],
        Rule.EXPIRED: [
            live.of(replace(session, expires_at=live.now)),
            live.of(replace(session, last_used_at=live.now - IDLE - SECOND)),
        ],
        Rule.OWNER: [
            replace(live, found=OwnedSession(session, owner))
            for owner in (None, an_owner(is_disabled=True), an_owner(credentials_epoch=1))
        ]
        + [
            _held(live, client)
            for client in (
                None,
                SessionClient(7, is_public=True, is_disabled=True),
                SessionClient(8, is_public=True, is_disabled=False),
            )
        ],
    }


def _held(live: Situation, client: SessionClient | None) -> Situation:
    """The live situation, the session being of the client `app`."""
    assert live.found is not None
    session = replace(live.session, client_id="app", client_epoch=7)
    return replace(live, found=replace(live.found, session=session, client=client))


def _moments_before(window: timedelta) -> st.SearchStrategy[datetime]:
    return _moments(-60, int(window.total_seconds()) - 1)


def _moments_from(window: timedelta) -> st.SearchStrategy[datetime]:
    return _moments(int(window.total_seconds()), 240)
