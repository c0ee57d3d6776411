"""A refresh token becomes a JWT; a rotating session also gets its next refresh token."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from application.steps.client_check import ClientCheck, foreign
from application.steps.jwt_issuer import JwtIssuer
from application.steps.proof_check import ProofCheck
from domain.causes import RefusalCause
from domain.clients import ClientAuthentication
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
from domain.grants import Grant, Narrowing, bound, narrowed
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock, StillWaiting
from domain.ports.sessions import Sessions
from domain.ports.tokens import RefreshTokenCodec
from domain.proofs import PresentedProof
from domain.refresh_tokens import RefreshToken
from domain.sessions import OwnedSession, Owner, Renewal, Session

ROUNDS = 5
"""How often a request reads and decides again after it lost a race; some other request won each."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What the client receives. `refresh_token` is None if the presented one stays valid.

    `expires_in`, `scope` and `is_bound` (to a key) are of the JWT.
    """

    rule: Rule
    jwt: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_in: timedelta
    session_expires_in: timedelta
    scope: tuple[str, ...]
    is_bound: bool


@dataclass(frozen=True, slots=True)
class Refresh:
    """Continue the session of a refresh token, as the decision table says.

    `audience` is that of the settings.
    """

    sessions: Sessions
    client_check: ClientCheck
    proof_check: ProofCheck
    refresh_tokens: RefreshTokenCodec
    jwt_issuer: JwtIssuer
    renewal_policy: RenewalPolicy
    audience: str
    clock: Clock
    audit: AuditTrail

    async def __call__(
        self,
        presented: str,
        still_waiting: StillWaiting,
        credentials: ClientAuthentication | None = None,
        narrowing: Narrowing | None = None,
        proof: PresentedProof | None = None,
    ) -> Refreshed:
        """Answer a new JWT.

        Args:
            credentials: those of the client that holds the session, if it is confidential.
            narrowing: what this JWT is to have less than the session's others.
            proof: of the key that the session is bound to. In a session that is not bound, it binds
                this JWT.

        Raises:
            InvalidClient: the credentials are missing or wrong; ForeignToken if the session is
                another client's.
            InvalidProof: the session is bound, and the proof is missing or wrong; or another proof
                is wrong. The session stays as it is.
            OutsideGrant: `narrowing` asks for more than the session has; nothing was changed.
            InvalidRefreshToken: the token continues nothing; its cause says why.
            UserNotFound: the token is authentic, its session is live, and its user was deleted.
            Unavailable: busy, or cut off from the database. The client can present the same token
                again.
        """
        client = await self.client_check.presenting(credentials)
        token = self.refresh_tokens.read(presented)
        key: str | None = None
        for _ in range(ROUNDS):
            found = await self.sessions.find(token.session_id)
            now = self.clock()
            decision = decide(found, token, now, self.renewal_policy, client)
            if decision.rule in PRESUMES_A_LOSS and not await still_waiting():
                raise Unavailable("abandoned")
            # A thief without the key must not even end the session, so the proof comes first.
            if key is None and found is not None and not isinstance(decision, Refuse):
                key = await self._proved(found.session, proof)
            match decision:
                case Continue(rule, session, owner, touch):
                    grant = bound(narrowed(session.grant, narrowing, self.audience), key)
                    if touch:
                        await self.sessions.touch(session, now)
                    return self._refreshed(rule, session, grant, owner, token, now)
                case Advance(rule, session, owner, successor):
                    grant = bound(narrowed(session.grant, narrowing, self.audience), key)
                    if await self.sessions.advance(session, successor):
                        self._report(decision, now)
                        return self._refreshed(rule, successor, grant, owner, token, now)
                case Refuse(rule, refused):
                    self.audit(RefreshRefused.of(token, found, refused, at=now))
                    if rule is Rule.FOREIGN and found is not None:
                        raise foreign(found, client)
                    raise refusal(refused)
                case End() as end:
                    await self._end(found, end, token, now)
                    raise refusal(RefusalCause(end.cause))
        raise Unavailable("contended")

    async def _proved(self, session: Session, proof: PresentedProof | None) -> str | None:
        """The thumbprint of the key that the request has; None where it needs none."""
        key = session.proof_key
        if key is None and proof is None:
            return None
        return await self.proof_check(proof, key=key)

    def _refreshed(
        self,
        rule: Rule,
        session: Session,
        grant: Grant | None,
        owner: Owner,
        token: RefreshToken,
        now: datetime,
    ) -> Refreshed:
        jwt = self.jwt_issuer(session, grant, owner, now)
        is_reusable = session.renewal is Renewal.REUSABLE
        successor = None if is_reusable else token.at(session.generation)
        return Refreshed(
            rule,
            jwt.text,
            self.refresh_tokens.write(successor) if successor else None,
            jwt.expires_in,
            session.expires_at - now,
            () if grant is None else grant.scope,
            is_bound=grant is not None and grant.proof_key is not None,
        )

    def _report(self, advance: Advance, now: datetime) -> None:
        subject = advance.owner.subject
        match advance.rule:
            case Rule.RECOVERY:
                self.audit(AnswerRecovered.of(advance.successor, subject, at=now))
            case Rule.LOST_ROTATION:
                self.audit(RotationLost.of(advance.session, advance.successor, subject, at=now))

    async def _end(
        self, found: OwnedSession | None, end: End, token: RefreshToken, now: datetime
    ) -> None:
        """End a session by reuse detection; of several such requests one raises the alert."""
        if await self.sessions.end(token.session_id, end.cause, now):
            self.audit(RefreshTokenReused.of(token, end.owner.subject, at=now))
        else:
            self.audit(RefreshRefused.of(token, found, RefusalCause(end.cause), at=now))
