"""Delete a user."""

from dataclasses import dataclass

from application.steps.user_lookup import UserKey, find_user
from domain.actors import Actor
from domain.errors import UserNotFound
from domain.events import UserDeleted
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.users import Users


@dataclass(frozen=True, slots=True)
class DeleteUser:
    """Forget a user. Refresh tokens of the user's sessions get UserNotFound until purged."""

    users: Users
    clock: Clock
    audit: AuditTrail

    async def __call__(self, key: UserKey, *, by: Actor) -> None:
        """Delete the user; the name is free afterwards, for another subject.

        Raises:
            UserNotFound: no user has that name or subject.
        """
        user = await find_user(self.users, key)
        now = self.clock()
        if not await self.users.delete(user.id, now):
            raise UserNotFound
        self.audit(UserDeleted.by(by, user, at=now))
