"""How a session is opened and its JWTs are issued, whoever asks for it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.access_tokens import AccessToken
from domain.actors import SERVER
from domain.causes import EndCause
from domain.events import SessionEnded
from domain.identifiers import timed_id
from domain.ports.audit import AuditTrail
from domain.ports.environment import Entropy
from domain.ports.sessions import Sessions
from domain.ports.tokens import AccessTokenSigner, RefreshTokenCodec
from domain.refresh_tokens import SECRET_BYTES, RefreshToken
from domain.sessions import Origin, Renewal, Session, SessionLimit
from domain.users import User


@dataclass(frozen=True, slots=True)
class JwtIssuer:
    """Issues the JWT for a session as it stands; the JWT never outlives its session (L2)."""

    signer: AccessTokenSigner
    entropy: Entropy
    access_token_lifetime: timedelta

    def __call__(self, session: Session, roles: tuple[str, ...], now: datetime) -> str:
        """The JWT in compact form.

        Raises:
            Unavailable: there is no signing key yet.
        """
        claims = AccessToken.of(
            session,
            roles,
            unique=self.entropy(16).hex(),
            now=now,
            lifetime=self.access_token_lifetime,
        )
        return self.signer.sign(claims)


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A new session and the tokens that the user gets."""

    session: Session
    jwt: str = field(repr=False)
    refresh_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SessionTerms:
    """On what terms sessions are opened; `renewal` is the default, a log-in may ask for another."""

    renewal: Renewal
    lifetime: timedelta
    limit: SessionLimit


@dataclass(frozen=True, slots=True)
class SessionOpener:
    """Opens a session for a user who has proved to be one (checklist L13)."""

    sessions: Sessions
    refresh_tokens: RefreshTokenCodec
    issue_jwt: JwtIssuer
    terms: SessionTerms
    entropy: Entropy
    audit: AuditTrail

    async def __call__(
        self, user: User, origin: Origin, renewal: Renewal | None, now: datetime
    ) -> OpenedSession:
        """Answer the new session; `renewal` None means the configured default.

        Raises:
            TooManySessions: the user is at the limit, and the settings refuse one more.
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
        jwt = self.issue_jwt(session, user.roles, now)
        for replaced in await self.sessions.open(session, self.terms.limit):
            self.audit(
                SessionEnded(
                    at=now,
                    subject=user.id,
                    session=replaced,
                    cause=EndCause.REPLACED,
                    actor=SERVER,
                )
            )
        return OpenedSession(session, jwt, self.refresh_tokens.write(token))
