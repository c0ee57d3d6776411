"""Open a session without a password, by an operator, for trusted automation."""

from dataclasses import dataclass

from application.steps.session_opener import ROUNDS, OpenedSession, SessionOpener
from application.steps.user_lookup import find_user
from domain.actors import Actor
from domain.errors import Unavailable, UserNotFound
from domain.events import SessionOpened
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.users import Users
from domain.sessions import Origin, Renewal


@dataclass(frozen=True, slots=True)
class OpenSession:
    """Open a session in a user's name."""

    users: Users
    session_opener: SessionOpener
    clock: Clock
    audit: AuditTrail

    async def __call__(
        self, name: str, origin: Origin, renewal: Renewal | None = None, *, by: Actor
    ) -> OpenedSession:
        """Open the session; `renewal` None means the default.

        Raises:
            UserNotFound: no user has that name, or the user is disabled.
            TooManySessions: the user is at the limit.
        """
        for _ in range(ROUNDS):
            user = await find_user(self.users, name)
            if user.is_disabled:
                raise UserNotFound
            opened = await self.session_opener(user, origin, renewal, self.clock())
            if opened is not None:
                self.audit(SessionOpened.by(by, opened.session))
                return opened
        raise Unavailable("contended")
