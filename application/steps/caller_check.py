"""Finds the user and the session of a JWT, in requests about the user's own account."""

from dataclasses import dataclass

from application.steps.proof_check import ProofCheck
from domain.access_tokens import AccessToken
from domain.decision_table import RenewalPolicy
from domain.errors import InvalidAccessToken
from domain.ports.environment import Clock
from domain.ports.sessions import Sessions
from domain.ports.tokens import AccessTokenVerifier
from domain.ports.users import Users
from domain.proofs import PresentedProof
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
    proof_check: ProofCheck
    sessions: Sessions
    users: Users
    renewal_policy: RenewalPolicy
    clock: Clock

    async def __call__(self, jwt: str, proof: PresentedProof | None = None) -> Caller:
        """The user and the session of the JWT.

        Args:
            proof: of the key that the JWT is bound to; None for a JWT that is presented without.

        Raises:
            InvalidProof: the JWT is bound, and the proof is missing or wrong.
            InvalidAccessToken: not signed by Remint, not meant for it, expired, bound to no key and
                presented with a proof; or the session is over.
        """
        return await self.caller_of(await self.accepted(jwt, proof))

    async def accepted(self, jwt: str, proof: PresentedProof | None) -> AccessToken:
        """What the JWT says; its proof is used up, and its session is not looked up.

        Raises:
            InvalidProof, InvalidAccessToken: see above.
        """
        token = await self.access_tokens.verify(jwt)
        key = None if token.grant is None else token.grant.proof_key
        if key is not None:
            await self.proof_check(proof, key=key, token=jwt)
        elif proof is not None:
            raise InvalidAccessToken
        return token

    async def caller_of(self, token: AccessToken) -> Caller:
        """The user and the session of a JWT that was accepted.

        Raises:
            InvalidAccessToken: the session is over.
        """
        found = await self.sessions.find(token.session_id)
        if found is None or not found.is_live_at(self.clock(), self.renewal_policy.idle):
            raise InvalidAccessToken
        user = await self.users.with_id(found.session.user_id)
        if user is None or user.subject != token.subject:
            raise InvalidAccessToken
        return Caller(user, found.session)
