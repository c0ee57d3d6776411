"""Set a user's password, by an operator."""

from dataclasses import dataclass

from application.steps.change_user import change_user
from domain.actors import Actor
from domain.events import PasswordChanged
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.passwords import Passwords
from domain.ports.users import Users
from domain.users import new_password


@dataclass(frozen=True, slots=True)
class SetPassword:
    """Give a user another password and end all sessions."""

    users: Users
    passwords: Passwords
    clock: Clock
    audit: AuditTrail

    async def __call__(self, name: str, password: str, *, by: Actor) -> None:
        """One UPDATE, however many sessions there are.

        Raises:
            InvalidPassword: no account can have that password.
            UserNotFound: no user has that name.
        """
        password_hash = await self.passwords.hash(new_password(password))
        user = await change_user(self.users, name, lambda user: user.with_password(password_hash))
        self.audit(PasswordChanged.by(by, user, at=self.clock()))
