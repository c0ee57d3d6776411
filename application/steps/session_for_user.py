"""Opens a session for the user that another party names."""

from dataclasses import dataclass

from application.steps.session_opener import ROUNDS, OpenedSession, SessionOpener
from application.steps.session_terms import Asked
from application.steps.user_lookup import Subject, UserKey, find_user
from domain.actors import Actor
from domain.clients import Client
from domain.errors import SubjectTaken, Unavailable, UserDisabled, UserNotFound
from domain.events import SessionOpened, UserAdded
from domain.identifiers import random_id
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock, Entropy
from domain.ports.users import Users
from domain.sessions import Origin
from domain.subjects import new_subject
from domain.users import User


@dataclass(frozen=True, slots=True)
class SessionForUser:
    """Opens a session in the name of a user whose identity `by` vouches for."""

    users: Users
    session_opener: SessionOpener
    clock: Clock
    entropy: Entropy
    audit: AuditTrail

    async def __call__(
        self,
        key: UserKey,
        client: Client | None,
        asked: Asked,
        origin: Origin,
        *,
        by: Actor,
        adding: bool,
    ) -> OpenedSession:
        """Open the session.

        Args:
            adding: whether a user that does not exist is added, without name and password.

        Raises:
            UserNotFound: no user has that name or subject, and none is added.
            UserDisabled: the user is disabled.
            InvalidSubject: no user can have that subject.
            OutsideTerms: the client's sessions cannot have what was asked for.
            TooManySessions: the user is at the limit.
        """
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
