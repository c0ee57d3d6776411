"""Disable a user: no log-in, and no session continues."""

from dataclasses import dataclass

from application.steps.user_change import change_user
from application.steps.user_lookup import UserKey, find_user
from domain.actors import Actor
from domain.events import UserDisabled
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.users import Users


@dataclass(frozen=True, slots=True)
class DisableUser:
    """Refuse a user's log-ins and end all sessions; enabling the user later revives none."""

    users: Users
    clock: Clock
    audit: AuditTrail

    async def __call__(self, key: UserKey, *, by: Actor) -> None:
        """Disable the user and end the sessions, in one UPDATE however many there are.

        Raises:
            UserNotFound: no user has that name or subject.
        """
        user = await find_user(self.users, key)
        user = await change_user(self.users, user, lambda user: user.disabled(self.clock()))
        self.audit(UserDisabled.by(by, user, at=self.clock()))
