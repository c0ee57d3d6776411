"""The decision table a second time, as prose-like rows, to hold the implementation against."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.decision_table import RenewalPolicy
from domain.refresh_tokens import RefreshToken
from domain.sessions import OwnedSession, PresentingClient, Renewal, Session, SessionClient
from tests.support.fakes.builders import SECRET


@dataclass(frozen=True)
class Situation:
    """Everything that a decision depends on, and the words in which the table asks for it."""

    found: OwnedSession | None
    token: RefreshToken
    now: datetime
    policy: RenewalPolicy
    client: PresentingClient | None = None

    @property
    def session(self) -> Session:
        assert self.found is not None
        return self.found.session

    def of(self, session: Session) -> "Situation":
        """The same, but for the session."""
        assert self.found is not None
        return replace(self, found=replace(self.found, session=session))

    def presenting(self, generation: int, now: datetime) -> "Situation":
        """The same, but for the presented generation and the moment."""
        return replace(self, token=self.token.at(generation), now=now)

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


def _client(s: Situation) -> SessionClient | None:
    return s.found.client if s.found else None


def _is_foreign(s: Situation) -> bool:
    client = _client(s)
    if s.client is not None and s.client.id != s.session.client_id:
        return True
    if s.client is not None and s.client.is_proved:
        return False
    return client is not None and not client.is_public


def _is_over(s: Situation) -> bool:
    client = _client(s)
    idle = client.idle if client and client.idle else s.policy.idle
    return s.now >= s.session.expires_at or s.now - s.session.last_used_at > idle


def _owner_changed(s: Situation) -> bool:
    owner = s.found.owner if s.found else None
    if owner is None or owner.is_disabled:
        return True
    return owner.credentials_epoch != s.session.credentials_epoch or _client_changed(s)


def _client_changed(s: Situation) -> bool:
    client = _client(s)
    if s.session.client_id is None:
        return False
    return client is None or client.is_disabled or client.epoch != s.session.client_epoch


ROWS: list[tuple[str, Callable[[Situation], bool], str]] = [
    ("unrecognized", lambda s: not s.is_proved, "refuse"),
    ("foreign", _is_foreign, "refuse"),
    ("ended", lambda s: s.session.ended_at is not None, "refuse"),
    ("expired", _is_over, "refuse"),
    ("owner", _owner_changed, "refuse"),
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
    """The rule of the row that decides, and the effect that it states."""
    return next((rule, then) for rule, when, then in ROWS if when(situation))
