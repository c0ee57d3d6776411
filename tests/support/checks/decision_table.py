"""The decision table a second time, as prose-like rows, to hold the implementation against."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import strategies as st

from domain.causes import EndCause
from domain.decision_table import RenewalPolicy
from domain.refresh_tokens import RefreshToken
from domain.sessions import OwnedSession, Renewal, Session
from tests.support.fakes.builders import (
    ANOTHER_SECRET,
    IDLE,
    LIFETIME,
    NOON,
    SECOND,
    SECRET,
    a_session,
    a_token,
    an_owner,
)


@dataclass(frozen=True)
class Situation:
    """Everything that a decision depends on, and the words in which the table asks for it."""

    found: OwnedSession | None
    token: RefreshToken
    now: datetime
    policy: RenewalPolicy

    @property
    def session(self) -> Session:
        assert self.found is not None
        return self.found.session

    @property
    def is_proved(self) -> bool:
        return self.found is not None and self.token.secret == SECRET

    @property
    def is_current(self) -> bool:
        return self.token.generation == self.session.generation

    @property
    def is_ahead(self) -> bool:
        return self.token.generation > self.session.generation

    @property
    def is_parent(self) -> bool:
        return self.token.generation == self.session.parent < self.session.generation

    def rotated_within(self, window: timedelta) -> bool:
        rotated_at = self.session.rotated_at
        return rotated_at is not None and self.now - rotated_at < window

    def rotated_no_longer_ago_than(self, window: timedelta) -> bool:
        rotated_at = self.session.rotated_at
        return rotated_at is None or not self.now - rotated_at > window


def _is_over(s: Situation) -> bool:
    return s.now >= s.session.expires_at or s.now - s.session.last_used_at > s.policy.idle


def _user_changed(s: Situation) -> bool:
    owner = s.found.owner if s.found else None
    if owner is None or owner.is_disabled:
        return True
    return owner.credentials_epoch != s.session.credentials_epoch


ROWS: list[tuple[str, Callable[[Situation], bool], str]] = [
    ("unrecognized", lambda s: not s.is_proved, "refuse"),
    ("ended", lambda s: s.session.ended_at is not None, "refuse"),
    ("expired", _is_over, "refuse"),
    ("owner", _user_changed, "refuse"),
    ("reusable", lambda s: s.session.renewal is Renewal.REUSABLE, "continue"),
    ("burst", lambda s: s.is_current and s.rotated_within(s.policy.coalesce), "continue"),
    ("rotation", lambda s: s.is_current, "advance"),
    ("grace", lambda s: s.is_parent and s.rotated_no_longer_ago_than(s.policy.grace), "continue"),
    ("recovery", lambda s: s.is_parent and s.session.recoveries < s.policy.recoveries, "advance"),
    ("reuse", lambda s: not s.is_ahead, "end"),
    ("lostRotation", lambda s: s.is_ahead, "advance"),
]
"""The rule, when it applies, and what then: the first row that applies decides."""


def expected(situation: Situation) -> tuple[str, str]:
    """The rule of the row that decides, and what it says shall happen."""
    return next((rule, then) for rule, when, then in ROWS if when(situation))


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


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    session = draw(sessions())
    secret = draw(st.sampled_from([SECRET, SECRET, SECRET, ANOTHER_SECRET]))
    token = a_token(session, draw(st.integers(0, 7)), secret)
    found = OwnedSession(session, draw(owners)) if draw(st.integers(0, 9)) else None
    return Situation(found, token, draw(moments), draw(policies))


@st.composite
def alive(draw: st.DrawFn) -> Situation:
    """A situation of a live, rotating session."""
    session = replace(
        draw(sessions()),
        renewal=Renewal.ROTATING,
        credentials_epoch=0,
        last_used_at=NOON,
        expires_at=NOON + LIFETIME,
        ended_at=None,
        end_cause=None,
    )
    token = a_token(session, draw(st.integers(0, 7)))
    policy = replace(draw(policies), idle=IDLE)
    return Situation(OwnedSession(session, an_owner()), token, draw(moments), policy)
