"""Refresh: a refresh token becomes a JWT, and its own successor where the session rotates."""

from dataclasses import dataclass, field
from datetime import datetime

from application.steps.session_opener import JwtIssuer
from domain.causes import EndCause, Refusal
from domain.decision_table import (
    PRESUMES_A_LOSS,
    Advance,
    Continue,
    Refuse,
    RenewalPolicy,
    Rule,
    decide,
)
from domain.errors import InvalidRefreshToken, Unavailable, UserNotFound
from domain.events import (
    AnswerRecovered,
    AuditEvent,
    RefreshRefused,
    RefreshTokenReused,
    RotationLost,
)
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock, StillWaiting
from domain.ports.sessions import Sessions
from domain.ports.tokens import RefreshTokenCodec
from domain.refresh_tokens import RefreshToken
from domain.sessions import OwnedSession, Renewal, Session

ROUNDS = 5
"""How often a caller who lost a race reads and decides again; each loss means that another won."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What the owner gets. `refresh_token` is None where the old one serves on (D1)."""

    rule: Rule
    jwt: str = field(repr=False)
    refresh_token: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refresh:
    """Continue the session that a refresh token belongs to, as the decision table says."""

    sessions: Sessions
    refresh_tokens: RefreshTokenCodec
    issue_jwt: JwtIssuer
    renewal_policy: RenewalPolicy
    clock: Clock
    audit: AuditTrail

    async def __call__(self, presented: str, still_waiting: StillWaiting) -> Refreshed:
        """Answer a new JWT.

        Raises:
            InvalidRefreshToken: the token continues nothing; its cause says why.
            UserNotFound: the token is authentic and live, and its user is gone (D2).
            Unavailable: busy or cut off; the same token may be presented again.
        """
        token = self.refresh_tokens.read(presented)
        for _ in range(ROUNDS):
            found = await self.sessions.find(token.session_id)
            now = self.clock()
            decision = decide(found, token, now, self.renewal_policy)
            if decision.rule in PRESUMES_A_LOSS and not await still_waiting():
                raise Unavailable("abandoned")
            match decision:
                case Refuse():
                    raise await self._refusal(decision, found, token, now)
                case Continue(rule, session, roles, touch):
                    if touch:
                        await self.sessions.touch(session, now)
                    return self._refreshed(rule, session, roles, token, now)
                case Advance(rule, session, roles, successor):
                    if await self.sessions.advance(session, successor):
                        self._report(rule, session, successor, now)
                        return self._refreshed(rule, successor, roles, token, now)
        raise Unavailable("contended")

    def _refreshed(
        self,
        rule: Rule,
        session: Session,
        roles: tuple[str, ...],
        token: RefreshToken,
        now: datetime,
    ) -> Refreshed:
        jwt = self.issue_jwt(session, roles, now)
        if session.renewal is Renewal.REUSABLE:
            return Refreshed(rule, jwt, None)
        return Refreshed(rule, jwt, self.refresh_tokens.write(token.at(session.generation)))

    async def _refusal(
        self, refused: Refuse, found: OwnedSession | None, token: RefreshToken, now: datetime
    ) -> InvalidRefreshToken | UserNotFound:
        subject = found.session.user_id if found else None
        if refused.ends and await self.sessions.end(token.session_id, EndCause.REUSED, now):
            reused = RefreshTokenReused(
                at=now, subject=subject, session=token.session_id, generation=token.generation
            )
            self.audit(reused)
        else:
            self.audit(
                RefreshRefused(
                    at=now, subject=subject, session=token.session_id, cause=refused.cause
                )
            )
        if refused.cause is Refusal.USER_GONE:
            return UserNotFound()
        return InvalidRefreshToken(refused.cause)

    def _report(self, rule: Rule, before: Session, after: Session, now: datetime) -> None:
        match rule:
            case Rule.RECOVERY:
                event: AuditEvent = AnswerRecovered(
                    at=now,
                    subject=after.user_id,
                    session=after.id,
                    generation=after.generation,
                    recoveries=after.recoveries,
                )
            case Rule.LOST_ROTATION:
                event = RotationLost(
                    at=now,
                    subject=after.user_id,
                    session=after.id,
                    generation=after.parent,
                    stored_generation=before.generation,
                )
            case _:
                return
        self.audit(event)
