"""The decision table: what a refresh token means for its session, now. Pure and total."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.causes import Refusal
from domain.refresh_tokens import RefreshToken
from domain.sessions import OwnedSession, Renewal, Session

TOUCH_AT_MOST_EVERY = timedelta(hours=1)


class Rule(StrEnum):
    """The rules in their order: the first that applies decides."""

    UNRECOGNIZED = "unrecognized"
    ENDED = "ended"
    EXPIRED = "expired"
    OWNER = "owner"
    REUSABLE = "reusable"
    BURST = "burst"
    ROTATION = "rotation"
    GRACE = "grace"
    RECOVERY = "recovery"
    REUSE = "reuse"
    LOST_ROTATION = "lostRotation"


@dataclass(frozen=True, slots=True)
class RenewalPolicy:
    """How wide the windows of the table are.

    Attributes:
        coalesce: for how long after a rotation the new token is not rotated again, so that a burst
            is one write.
        grace: for how long after a rotation the parent is answered with the current token.
        recoveries: how often in a row the parent may be replayed after the grace, since the answer
            was lost.
        idle: for how long a session may be unused.
    """

    coalesce: timedelta = timedelta(seconds=10)
    grace: timedelta = timedelta(seconds=10)
    recoveries: int = 3
    idle: timedelta = timedelta(days=14)

    @property
    def touch_after(self) -> timedelta:
        """How stale `last_used_at` may become before a reusable session's use is written down."""
        return min(TOUCH_AT_MOST_EVERY, self.idle / 10)


@dataclass(frozen=True, slots=True)
class Continue:
    """Go on with the session's current refresh token. Only `touch` asks for a write."""

    rule: Rule
    session: Session
    roles: tuple[str, ...]
    touch: bool = False


@dataclass(frozen=True, slots=True)
class Advance:
    """Supersede the refresh token: the session becomes `successor`, if nobody else was faster."""

    rule: Rule
    session: Session
    roles: tuple[str, ...]
    successor: Session


@dataclass(frozen=True, slots=True)
class Refuse:
    """The token continues nothing. `ends` tells whether its session must end for good."""

    rule: Rule
    cause: Refusal
    ends: bool = False


Decision = Continue | Advance | Refuse

PRESUMES_A_LOSS = frozenset({Rule.RECOVERY, Rule.REUSE})
"""The rules that read an old token as a lost answer or a theft. They hold only if the request is
fresh: one that a paused instance or a stuck network path delivers long after its client moved on
says nothing of the kind."""


def decide(
    found: OwnedSession | None, token: RefreshToken, now: datetime, policy: RenewalPolicy
) -> Decision:
    """Decide what an authentic `token` means for the session it names.

    Time decides only how wide windows are; generations decide everything else, so a clock that
    steps back cannot end a session.

    Args:
        found: the session with its user, None when no such session is stored.
        token: the token, its MAC already verified.
        now: aware, UTC.
    """
    if found is None or not found.session.is_proved_by(token):
        return Refuse(Rule.UNRECOGNIZED, Refusal.UNRECOGNIZED)
    session, owner = found.session, found.owner
    over = _refuse_what_is_over(session, now, policy)
    if over is not None:
        return over
    if owner is None:
        return Refuse(Rule.OWNER, Refusal.USER_GONE)
    if owner.is_disabled:
        return Refuse(Rule.OWNER, Refusal.USER_DISABLED)
    if owner.credentials_epoch != session.credentials_epoch:
        return Refuse(Rule.OWNER, Refusal.CREDENTIALS_CHANGED)
    return _renew(session, owner.roles, token.generation, now, policy)


def _refuse_what_is_over(session: Session, now: datetime, policy: RenewalPolicy) -> Refuse | None:
    if session.ended_at is not None:
        return Refuse(Rule.ENDED, Refusal(session.end_cause or Refusal.REVOKED))
    if session.is_expired_at(now):
        return Refuse(Rule.EXPIRED, Refusal.EXPIRED)
    if session.is_idle_at(now, policy.idle):
        return Refuse(Rule.EXPIRED, Refusal.IDLE)
    return None


def _renew(
    session: Session, roles: tuple[str, ...], presented: int, now: datetime, policy: RenewalPolicy
) -> Decision:
    if session.renewal is Renewal.REUSABLE:
        stale = now - session.last_used_at >= policy.touch_after
        return Continue(Rule.REUSABLE, session, roles, touch=stale)
    if presented == session.generation:
        return _renew_current(session, roles, now, policy)
    if presented > session.generation:
        ahead = session.advance(beyond=presented, parent=presented, recoveries=0, now=now)
        return Advance(Rule.LOST_ROTATION, session, roles, ahead)
    if presented == session.parent:
        return _renew_parent(session, roles, now, policy)
    return Refuse(Rule.REUSE, Refusal.REUSED, ends=True)


def _renew_current(
    session: Session, roles: tuple[str, ...], now: datetime, policy: RenewalPolicy
) -> Decision:
    if session.rotated_at is not None and now - session.rotated_at < policy.coalesce:
        return Continue(Rule.BURST, session, roles)
    current = session.generation
    rotated = session.advance(beyond=current, parent=current, recoveries=0, now=now)
    return Advance(Rule.ROTATION, session, roles, rotated)


def _renew_parent(
    session: Session, roles: tuple[str, ...], now: datetime, policy: RenewalPolicy
) -> Decision:
    if session.rotated_at is None or now - session.rotated_at <= policy.grace:
        return Continue(Rule.GRACE, session, roles)
    if session.recoveries >= policy.recoveries:
        return Refuse(Rule.REUSE, Refusal.REUSED, ends=True)
    recovered = session.advance(
        beyond=session.generation,
        parent=session.parent,
        recoveries=session.recoveries + 1,
        now=now,
    )
    return Advance(Rule.RECOVERY, session, roles, recovered)
