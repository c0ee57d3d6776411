"""Issues the JWT of a session."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.access_tokens import AccessToken
from domain.ports.environment import Entropy
from domain.ports.tokens import AccessTokenSigner
from domain.sessions import Owner, Session


@dataclass(frozen=True, slots=True)
class JwtIssuer:
    """Issues the JWT of a session; the JWT never outlives the session."""

    access_tokens: AccessTokenSigner
    entropy: Entropy
    access_token_lifetime: timedelta

    def __call__(self, session: Session, owner: Owner, now: datetime) -> str:
        """The JWT in compact form.

        Raises:
            Unavailable: there is no signing key yet.
        """
        claims = AccessToken.of(
            session,
            owner,
            unique=self.entropy(16).hex(),
            now=now,
            lifetime=self.access_token_lifetime,
        )
        return self.access_tokens.sign(claims)
