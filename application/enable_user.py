"""Enable a disabled user."""

from dataclasses import dataclass

from application.steps.change_user import change_user
from domain.actors import Actor
from domain.events import UserEnabled
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.users import Users


@dataclass(frozen=True, slots=True)
class EnableUser:
    """Let a disabled user log in again; earlier sessions stay ended."""

    users: Users
    clock: Clock
    audit: AuditTrail

    async def __call__(self, name: str, *, by: Actor) -> None:
        """Let the user log in again.

        Raises:
            UserNotFound: no user has that name.
        """
        now = self.clock()
        user = await change_user(self.users, name, lambda user: user.enabled())
        self.audit(UserEnabled.by(by, user, at=now))
