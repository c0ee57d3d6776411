"""Open a session without a password, by an operator or a back end."""

from dataclasses import dataclass

from application.steps.client_check import ClientCheck
from application.steps.session_opener import ROUNDS, OpenedSession, SessionOpener
from application.steps.session_terms import NOTHING, Asked
from application.steps.user_lookup import Subject, UserKey, find_user
from domain.actors import Actor
from domain.errors import OutsideTerms, SubjectTaken, Unavailable, UserDisabled, UserNotFound
from domain.events import SessionOpened, UserAdded
from domain.identifiers import random_id
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock, Entropy
from domain.ports.users import Users
from domain.sessions import Origin
from domain.subjects import new_subject
from domain.users import User


@dataclass(frozen=True, slots=True)
class OpenSession:
    """Open a session in a user's name."""

    users: Users
    client_check: ClientCheck
    session_opener: SessionOpener
    clock: Clock
    entropy: Entropy
    audit: AuditTrail

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
            UserNotFound: no user has that name or subject, and none is added.
            UserDisabled: the user is disabled.
            InvalidSubject: no user can have that subject.
            ClientNotFound: no enabled client has that id.
            OutsideTerms: the client's sessions cannot have what was asked for.
            TooManySessions: the user is at the limit.
        """
        if asked.authenticated_at is not None and asked.authenticated_at > self.clock():
            raise OutsideTerms("authTime")
        client = await self.client_check.holding(client_id)
        for _ in range(ROUNDS):
            user = await self._found(key, adding=adding, by=by)
            if user.is_disabled:
                raise UserDisabled
            opened = await self.session_opener(user, client, asked, origin, self.clock())
            if opened is not None:
                self.audit(SessionOpened.by(by, opened.subject, opened.session))
                return opened
        raise Unavailable("contended")

    async def _found(self, key: UserKey, *, adding: bool, by: Actor) -> User:
        try:
            return await find_user(self.users, key)
        except UserNotFound:
            if not adding or not isinstance(key, Subject):
                raise
        return await self._added(key, by)

    async def _added(self, key: Subject, by: Actor) -> User:
        """The user, added now, or by another request that was faster."""
        user = User(
            id=random_id(self.entropy),
            subject=new_subject(key.text),
            name=None,
            password_hash=None,
            roles=(),
            created_at=self.clock(),
        )
        try:
            await self.users.add(user)
        except SubjectTaken:
            return await find_user(self.users, key)
        self.audit(UserAdded.by(by, user, at=user.created_at))
        return user
