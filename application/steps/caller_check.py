"""Finds the user and the session of a JWT, in requests about the user's own account."""

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
class CallerCheck:
    """Accepts a JWT only while its session is live.

    Resource servers accept a JWT until it expires. Here that would let a user who was logged out
    continue to manage sessions.
    """

    access_tokens: AccessTokenVerifier
    sessions: Sessions
    users: Users
    renewal_policy: RenewalPolicy
    clock: Clock

    async def __call__(self, bearer: str) -> Caller:
        """The user and the session of the JWT.

        Raises:
            InvalidAccessToken: not signed by Remint, not meant for it, expired, or the session is
                over.
        """
        token = await self.access_tokens.verify(bearer)
        found = await self.sessions.find(token.session_id)
        if found is None or not found.is_live_at(self.clock(), self.renewal_policy.idle):
            raise InvalidAccessToken
        user = await self.users.with_id(found.session.user_id)
        if user is None or user.subject != token.subject:
            raise InvalidAccessToken
        return Caller(user, found.session)
