"""Opens a session, with its first refresh token and JWT."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from application.steps.jwt_issuer import JwtIssuer
from domain.actors import SERVER
from domain.causes import EndCause
from domain.events import SessionEnded
from domain.identifiers import timed_id
from domain.ports.audit import AuditTrail
from domain.ports.environment import Entropy
from domain.ports.sessions import Sessions
from domain.ports.tokens import RefreshTokenCodec
from domain.refresh_tokens import SECRET_BYTES, RefreshToken
from domain.sessions import Origin, Renewal, Session, SessionLimit
from domain.users import User

ROUNDS = 5
"""How often a user is read again whose credentials changed before the session was stored."""


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A new session and the tokens that the client receives."""

    session: Session
    jwt: str = field(repr=False)
    refresh_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SessionTerms:
    """The terms of new sessions; `renewal` is the default, and a log-in can ask for the other."""

    renewal: Renewal
    lifetime: timedelta
    limit: SessionLimit


@dataclass(frozen=True, slots=True)
class SessionOpener:
    """Opens a session for a user whose identity is proved."""

    sessions: Sessions
    refresh_tokens: RefreshTokenCodec
    jwt_issuer: JwtIssuer
    terms: SessionTerms
    entropy: Entropy
    audit: AuditTrail

    async def __call__(
        self, user: User, origin: Origin, renewal: Renewal | None, now: datetime
    ) -> OpenedSession | None:
        """Open the session; `renewal` None means the default.

        None if `user` was disabled, deleted or given other credentials after it was read: nothing
        was opened, and the caller must read and decide again.

        Raises:
            TooManySessions: the user is at the limit, and the settings refuse one more.
            Unavailable: the database cannot answer, or there is no signing key yet.
        """
        token = RefreshToken(timed_id(now, self.entropy), 0, self.entropy(SECRET_BYTES))
        session = Session.open(
            token,
            user_id=user.id,
            credentials_epoch=user.credentials_epoch,
            renewal=renewal or self.terms.renewal,
            lifetime=self.terms.lifetime,
            origin=origin,
            now=now,
        )
        jwt = self.jwt_issuer(session, user.roles, now)
        ended = await self.sessions.open(session, self.terms.limit)
        if ended is None:
            return None
        for replaced in ended:
            self.audit(SessionEnded.by(SERVER, user.id, replaced, EndCause.REPLACED, at=now))
        return OpenedSession(session, jwt, self.refresh_tokens.write(token))
