"""Log a user out everywhere, by an operator."""

from dataclasses import dataclass

from application.steps.user_change import change_user
from application.steps.user_lookup import UserKey, find_user
from domain.actors import Actor
from domain.events import LoggedOutEverywhere
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.users import Users


@dataclass(frozen=True, slots=True)
class LogOutUser:
    """End all of a user's sessions."""

    users: Users
    clock: Clock
    audit: AuditTrail

    async def __call__(self, key: UserKey, *, by: Actor) -> None:
        """End the sessions, in one UPDATE however many there are.

        Raises:
            UserNotFound: no user has that name or subject.
        """
        user = await find_user(self.users, key)
        user = await change_user(
            self.users, user, lambda user: user.logged_out_everywhere(self.clock())
        )
        self.audit(LoggedOutEverywhere.by(by, user, at=self.clock()))
