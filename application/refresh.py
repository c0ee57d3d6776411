"""A refresh token becomes a JWT; a rotating session also gets its next refresh token."""

from dataclasses import dataclass, field
from datetime import datetime

from application.steps.jwt_issuer import JwtIssuer
from domain.causes import EndCause, RefusalCause
from domain.decision_table import (
    PRESUMES_A_LOSS,
    Advance,
    Continue,
    End,
    Refuse,
    RenewalPolicy,
    Rule,
    decide,
)
from domain.errors import Unavailable, refusal
from domain.events import AnswerRecovered, RefreshRefused, RefreshTokenReused, RotationLost
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock, StillWaiting
from domain.ports.sessions import Sessions
from domain.ports.tokens import RefreshTokenCodec
from domain.refresh_tokens import RefreshToken
from domain.sessions import Renewal, Session

ROUNDS = 5
"""How often a request reads and decides again after it lost a race; some other request won each."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What the client receives. `refresh_token` is None if the presented one stays valid."""

    rule: Rule
    jwt: str = field(repr=False)
    refresh_token: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refresh:
    """Continue the session of a refresh token, as the decision table says."""

    sessions: Sessions
    refresh_tokens: RefreshTokenCodec
    jwt_issuer: JwtIssuer
    renewal_policy: RenewalPolicy
    clock: Clock
    audit: AuditTrail

    async def __call__(self, presented: str, still_waiting: StillWaiting) -> Refreshed:
        """Answer a new JWT.

        Raises:
            InvalidRefreshToken: the token continues nothing; its cause says why.
            UserNotFound: the token is authentic, its session is live, and its user was deleted.
            Unavailable: busy, or cut off from the database. The client can present the same token
                again.
        """
        token = self.refresh_tokens.read(presented)
        for _ in range(ROUNDS):
            found = await self.sessions.find(token.session_id)
            now = self.clock()
            decision = decide(found, token, now, self.renewal_policy)
            if decision.rule in PRESUMES_A_LOSS and not await still_waiting():
                raise Unavailable("abandoned")
            match decision:
                case Continue(rule, session, roles, touch):
                    if touch:
                        await self.sessions.touch(session, now)
                    return self._refreshed(rule, session, roles, token, now)
                case Advance(rule, session, roles, successor):
                    if await self.sessions.advance(session, successor):
                        self._report(decision, now)
                        return self._refreshed(rule, successor, roles, token, now)
                case Refuse(_, refused):
                    stored = found.session if found else None
                    self.audit(RefreshRefused.of(token, stored, refused, at=now))
                    raise refusal(refused)
                case End(_, session, cause):
                    await self._end(session, cause, token, now)
                    raise refusal(RefusalCause(cause))
        raise Unavailable("contended")

    def _refreshed(
        self,
        rule: Rule,
        session: Session,
        roles: tuple[str, ...],
        token: RefreshToken,
        now: datetime,
    ) -> Refreshed:
        jwt = self.jwt_issuer(session, roles, now)
        if session.renewal is Renewal.REUSABLE:
            return Refreshed(rule, jwt, None)
        return Refreshed(rule, jwt, self.refresh_tokens.write(token.at(session.generation)))

    def _report(self, advance: Advance, now: datetime) -> None:
        match advance.rule:
            case Rule.RECOVERY:
                self.audit(AnswerRecovered.of(advance.successor, at=now))
            case Rule.LOST_ROTATION:
                self.audit(RotationLost.of(advance.session, advance.successor, at=now))

    async def _end(
        self, session: Session, cause: EndCause, token: RefreshToken, now: datetime
    ) -> None:
        """End a session by reuse detection; of several such requests one raises the alert."""
        if await self.sessions.end(session.id, cause, now):
            self.audit(RefreshTokenReused.of(token, session, at=now))
        else:
            self.audit(RefreshRefused.of(token, session, RefusalCause(cause), at=now))
