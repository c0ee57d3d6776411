"""Open a session without a password, by an operator or a back end."""

from dataclasses import dataclass

from application.steps.client_check import ClientCheck
from application.steps.session_for_user import SessionForUser
from application.steps.session_opener import OpenedSession
from application.steps.session_terms import NOTHING, Asked
from application.steps.user_lookup import UserKey
from domain.actors import Actor
from domain.causes import ProofFlaw
from domain.errors import InvalidProof, OutsideTerms
from domain.ports.environment import Clock
from domain.sessions import Origin


@dataclass(frozen=True, slots=True)
class OpenSession:
    """Open a session in a user's name.

    `needs_key` says whether every new session is bound to a key.
    """

    client_check: ClientCheck
    session_for_user: SessionForUser
    clock: Clock
    needs_key: bool

    async def __call__(
        self,
        key: UserKey,
        origin: Origin,
        asked: Asked = NOTHING,
        *,
        by: Actor,
        client_id: str | None = None,
        adding: bool = False,
    ) -> OpenedSession:
        """Open the session.

        Args:
            client_id: the client that will hold the refresh token; None for the built-in client.
            adding: whether a user that does not exist is added, without name and password.

        Raises:
            ClientNotFound: no enabled client has that id.
            InvalidProof: every new session is bound to a key, and none was asked for.
            OutsideTerms: the client's sessions cannot have what was asked for.
            UserNotFound, UserDisabled, InvalidSubject, TooManySessions: see SessionForUser.
        """
        if asked.authenticated_at is not None and asked.authenticated_at > self.clock():
            raise OutsideTerms("authTime")
        if self.needs_key and asked.proof_key is None:
            raise InvalidProof(ProofFlaw.MISSING)
        client = await self.client_check.holding(client_id)
        return await self.session_for_user(key, client, asked, origin, by=by, adding=adding)
