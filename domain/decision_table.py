"""The decision table: what a refresh token means for its session, now. Pure and total."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.causes import EndCause, RefusalCause
from domain.refresh_tokens import LAST_GENERATION, RefreshToken
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
        coalesce: how long after a rotation the new token is not rotated again, so that a burst of
            requests is one write.
        grace: how long after a rotation the parent is answered with the current token.
        recoveries: how often in a row the parent is accepted after the grace period, because the
            answer with its successor was lost.
        idle: the idle timeout: how long a session can be unused and stay live.
    """

    coalesce: timedelta = timedelta(seconds=10)
    grace: timedelta = timedelta(seconds=10)
    recoveries: int = 3
    idle: timedelta = timedelta(days=14)

    @property
    def touch_after(self) -> timedelta:
        """How old `last_used_at` becomes before a use of a reusable session is written."""
        return min(TOUCH_AT_MOST_EVERY, self.idle / 10)


@dataclass(frozen=True, slots=True)
class Continue:
    """Continue with the session's current refresh token. Only `touch` asks for a write."""

    rule: Rule
    session: Session
    roles: tuple[str, ...]
    touch: bool = False


@dataclass(frozen=True, slots=True)
class Advance:
    """Supersede the refresh token: store `successor`, unless another request was faster."""

    rule: Rule
    session: Session
    roles: tuple[str, ...]
    successor: Session


@dataclass(frozen=True, slots=True)
class Refuse:
    """The token continues nothing, and nothing is changed."""

    rule: Rule
    cause: RefusalCause


@dataclass(frozen=True, slots=True)
class End:
    """The token continues nothing, and its session must end for good."""

    rule: Rule
    session: Session
    cause: EndCause


Decision = Continue | Advance | Refuse | End

PRESUMES_A_LOSS = frozenset({Rule.RECOVERY, Rule.REUSE})
"""The rules that take an old token for a lost answer or a theft.

The request must be fresh for that: a paused instance or a stuck network path can deliver a request
long after its client moved on, and its token is old for no other reason.
"""

_RULES = {
    RefusalCause.EXPIRED: Rule.EXPIRED,
    RefusalCause.IDLE: Rule.EXPIRED,
    RefusalCause.USER_GONE: Rule.OWNER,
    RefusalCause.USER_DISABLED: Rule.OWNER,
    RefusalCause.CREDENTIALS_CHANGED: Rule.OWNER,
}
"""The rule that refuses for a cause; rule `ended` refuses for every cause of an end."""


def decide(
    found: OwnedSession | None, token: RefreshToken, now: datetime, policy: RenewalPolicy
) -> Decision:
    """Decide what an authentic `token` means for the session that it names.

    Time decides only how wide windows are; generations decide everything else, so a clock that
    steps back cannot end a session.

    Args:
        found: the session with its owner, None when no such session is stored.
        token: the token, its MAC already verified.
        now: aware, UTC.
    """
    if found is None or not found.session.is_proved_by(token):
        return Refuse(Rule.UNRECOGNIZED, RefusalCause.UNRECOGNIZED)
    over = found.why_over(now, policy.idle)
    if over is not None:
        return Refuse(_RULES.get(over, Rule.ENDED), over)
    decision = _renew(found.session, found.roles, token.generation, now, policy)
    if isinstance(decision, Advance) and decision.successor.generation > LAST_GENERATION:
        return Refuse(Rule.EXPIRED, RefusalCause.EXPIRED)
    return decision


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
    return End(Rule.REUSE, session, EndCause.REUSED)


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
        return End(Rule.REUSE, session, EndCause.REUSED)
    recovered = session.advance(
        beyond=session.generation,
        parent=session.parent,
        recoveries=session.recoveries + 1,
        now=now,
    )
    return Advance(Rule.RECOVERY, session, roles, recovered)
