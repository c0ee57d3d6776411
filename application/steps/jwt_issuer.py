"""Issues the JWT of a session."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.access_tokens import AccessToken
from domain.grants import Grant
from domain.ports.environment import Entropy
from domain.ports.tokens import AccessTokenSigner
from domain.sessions import Owner, Session


@dataclass(frozen=True, slots=True)
class IssuedJwt:
    """A JWT in compact form, and how long it lasts."""

    text: str = field(repr=False)
    expires_in: timedelta


@dataclass(frozen=True, slots=True)
class JwtIssuer:
    """Issues the JWT of a session; the JWT never outlives the session."""

    access_tokens: AccessTokenSigner
    entropy: Entropy
    access_token_lifetime: timedelta

    def __call__(
        self, session: Session, grant: Grant | None, owner: Owner, now: datetime
    ) -> IssuedJwt:
        """The JWT of the session as it is now, with what `grant` says.

        Raises:
            Unavailable: there is no signing key yet.
        """
        claims = AccessToken.of(
            session,
            grant,
            owner,
            unique=self.entropy(16).hex(),
            now=now,
            lifetime=self.access_token_lifetime,
        )
        return IssuedJwt(self.access_tokens.sign(claims), claims.expires_at - now)
