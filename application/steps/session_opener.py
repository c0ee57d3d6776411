"""Opens a session, with its first refresh token and JWT."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from application.steps.jwt_issuer import JwtIssuer
from application.steps.session_terms import Asked, SessionTerms
from domain.actors import SERVER
from domain.causes import EndCause
from domain.clients import Client
from domain.events import SessionEnded
from domain.identifiers import timed_id
from domain.ports.audit import AuditTrail
from domain.ports.environment import Entropy
from domain.ports.sessions import Sessions
from domain.ports.tokens import RefreshTokenCodec
from domain.refresh_tokens import SECRET_BYTES, RefreshToken
from domain.sessions import Origin, Session
from domain.users import User

ROUNDS = 5
"""How often a user is read again whose credentials changed before the session was stored."""


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A new session of the user with that subject, and the tokens that the client receives.

    `expires_in` is of the JWT.
    """

    subject: str
    session: Session
    jwt: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: timedelta


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
        self, user: User, client: Client | None, asked: Asked, origin: Origin, now: datetime
    ) -> OpenedSession | None:
        """Open the session; `client` None means the built-in client.

        None if `user` was disabled, deleted or given other credentials after it was read: nothing
        was opened, and the caller must read and decide again.

        Raises:
            OutsideTerms: the client's sessions cannot have what was asked for.
            TooManySessions: the user is at the limit, and the settings refuse one more.
            Unavailable: the database cannot answer, or there is no signing key yet.
        """
        terms = self.terms.of(client, asked)
        token = RefreshToken(timed_id(now, self.entropy), 0, self.entropy(SECRET_BYTES))
        session = Session.open(
            token,
            user_id=user.id,
            credentials_epoch=user.credentials_epoch,
            renewal=terms.renewal,
            lifetime=terms.lifetime,
            origin=origin,
            now=now,
            client=None if client is None else (client.id, client.epoch),
            grant=terms.grant,
        )
        jwt = self.jwt_issuer(session, session.grant, user.as_owner(), now)
        ended = await self.sessions.open(session, terms.limit)
        if ended is None:
            return None
        for replaced in ended:
            self.audit(SessionEnded.by(SERVER, user.subject, replaced, EndCause.REPLACED, at=now))
        return OpenedSession(
            user.subject, session, jwt.text, self.refresh_tokens.write(token), jwt.expires_in
        )
