"""The decision table: what a refresh token means for its session, now. Pure and total."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast

from domain.causes import EndCause, RefusalCause
from domain.refresh_tokens import LAST_GENERATION, RefreshToken
from domain.sessions import OwnedSession, Owner, PresentingClient, Renewal, Session

TOUCH_AT_MOST_EVERY = timedelta(hours=1)


class Rule(StrEnum):
    """The rules in their order: the first that applies decides."""

    UNRECOGNIZED = "unrecognized"
    FOREIGN = "foreign"
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


def touch_after(idle: timedelta) -> timedelta:
    """How old `last_used_at` becomes before a use of a reusable session is written."""
    return min(TOUCH_AT_MOST_EVERY, idle / 10)


@dataclass(frozen=True, slots=True)
class Continue:
    """Continue with the session's current refresh token. Only `touch` asks for a write."""

    rule: Rule
    session: Session
    owner: Owner
    touch: bool = False


@dataclass(frozen=True, slots=True)
class Advance:
    """Supersede the refresh token: store `successor`, unless another request was faster."""

    rule: Rule
    session: Session
    owner: Owner
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
    owner: Owner
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
    RefusalCause.LOGGED_OUT_EVERYWHERE: Rule.OWNER,
    RefusalCause.CLIENT_DISABLED: Rule.OWNER,
}
"""The rule that refuses for a cause; rule `ended` refuses for every cause of an end."""


def decide(
    found: OwnedSession | None,
    token: RefreshToken,
    now: datetime,
    policy: RenewalPolicy,
    client: PresentingClient | None = None,
) -> Decision:
    """Decide what an authentic `token` means for the session that it names.

    Time decides only how wide windows are; generations decide everything else, so a clock that
    steps back cannot end a session.

    Args:
        found: the session with its owner and client, None when no such session is stored.
        token: the token, its MAC already verified.
        now: aware, UTC.
        client: the client that the request names, None where it names none.
    """
    if found is None or not found.session.is_proved_by(token):
        return Refuse(Rule.UNRECOGNIZED, RefusalCause.UNRECOGNIZED)
    if not found.is_presented_by(client):
        return Refuse(Rule.FOREIGN, RefusalCause.INVALID_CLIENT)
    over = found.why_over(now, policy.idle)
    if over is not None:
        return Refuse(_RULES.get(over, Rule.ENDED), over)
    owner = cast("Owner", found.owner)  # why_over has seen that there is one
    decision = _renew(found, owner, token.generation, now, policy)
    if isinstance(decision, Advance) and decision.successor.generation > LAST_GENERATION:
        return Refuse(Rule.EXPIRED, RefusalCause.EXPIRED)
    return decision


def _renew(
    found: OwnedSession, owner: Owner, presented: int, now: datetime, policy: RenewalPolicy
) -> Decision:
    session = found.session
    if session.renewal is Renewal.REUSABLE:
        stale = now - session.last_used_at >= touch_after(found.idle_timeout(policy.idle))
        return Continue(Rule.REUSABLE, session, owner, touch=stale)
    if presented == session.generation:
        return _renew_current(session, owner, now, policy)
    if presented > session.generation:
        ahead = session.advance(beyond=presented, parent=presented, recoveries=0, now=now)
        return Advance(Rule.LOST_ROTATION, session, owner, ahead)
    if presented == session.parent:
        return _renew_parent(session, owner, now, policy)
    return End(Rule.REUSE, session, owner, EndCause.REUSED)


def _renew_current(
    session: Session, owner: Owner, now: datetime, policy: RenewalPolicy
) -> Decision:
    if session.rotated_at is not None and now - session.rotated_at < policy.coalesce:
        return Continue(Rule.BURST, session, owner)
    current = session.generation
    rotated = session.advance(beyond=current, parent=current, recoveries=0, now=now)
    return Advance(Rule.ROTATION, session, owner, rotated)


def _renew_parent(session: Session, owner: Owner, now: datetime, policy: RenewalPolicy) -> Decision:
    if session.rotated_at is None or now - session.rotated_at <= policy.grace:
        return Continue(Rule.GRACE, session, owner)
    if session.recoveries >= policy.recoveries:
        return End(Rule.REUSE, session, owner, EndCause.REUSED)
    recovered = session.advance(
        beyond=session.generation,
        parent=session.parent,
        recoveries=session.recoveries + 1,
        now=now,
    )
    return Advance(Rule.RECOVERY, session, owner, recovered)
