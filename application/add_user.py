"""Add a user."""

from dataclasses import dataclass

from domain.actors import Actor
from domain.errors import UsernameTaken
from domain.events import UserAdded
from domain.identifiers import random_id
from domain.passwords import new_password
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock, Entropy
from domain.ports.passwords import Passwords
from domain.ports.users import Users
from domain.users import User, new_username


@dataclass(frozen=True, slots=True)
class AddUser:
    """Add a user under a new subject, even if the name was used before."""

    users: Users
    passwords: Passwords
    clock: Clock
    entropy: Entropy
    audit: AuditTrail

    async def __call__(
        self, name: str, password: str, roles: tuple[str, ...] = (), *, by: Actor
    ) -> User:
        """Add the user; returns the user as stored.

        Raises:
            InvalidUsername, InvalidPassword: no user can have that name or password.
            UsernameTaken: another user has that name.
        """
        name, password = new_username(name), new_password(password)
        if await self.users.named(name):
            raise UsernameTaken
        user = User(
            id=random_id(self.entropy),
            name=name,
            password_hash=await self.passwords.hash(password),
            roles=roles,
            created_at=self.clock(),
        )
        await self.users.add(user)
        self.audit(UserAdded.by(by, user, at=user.created_at))
        return user
