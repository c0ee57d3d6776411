"""Tell who bears a JWT, for requests about the bearer's own account."""

from dataclasses import dataclass

from domain.decision_table import RenewalPolicy
from domain.errors import InvalidAccessToken
from domain.ports.environment import Clock
from domain.ports.sessions import Sessions
from domain.ports.tokens import AccessTokenVerifier
from domain.ports.users import Users
from domain.sessions import Session
from domain.users import User


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in user, and the session that the JWT came from."""

    user: User
    session: Session


@dataclass(frozen=True, slots=True)
class IdentifyCaller:
    """Believe a JWT of ours only while its session lives.

    Resource servers need not ask: for them a JWT lives out its minutes. Here it would let whoever
    was logged out go on managing sessions.
    """

    access_tokens: AccessTokenVerifier
    sessions: Sessions
    users: Users
    renewal_policy: RenewalPolicy
    clock: Clock

    async def __call__(self, bearer: str) -> Caller:
        """Who presents this JWT.

        Raises:
            InvalidAccessToken: not ours, not for us, expired, or its session is over.
        """
        token = await self.access_tokens.verify(bearer)
        found = await self.sessions.find(token.session_id)
        if found is None or not found.is_live_at(self.clock(), self.renewal_policy.idle):
            raise InvalidAccessToken
        user = await self.users.with_id(found.session.user_id)
        if user is None or user.id != token.subject:
            raise InvalidAccessToken
        return Caller(user, found.session)
