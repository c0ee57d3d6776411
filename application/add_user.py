"""Add a user."""

from dataclasses import dataclass

from domain.actors import Actor
from domain.claims import NONE, new_claims
from domain.errors import UsernameTaken
from domain.events import UserAdded
from domain.identifiers import random_id
from domain.passwords import new_password
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock, Entropy
from domain.ports.passwords import Passwords
from domain.ports.users import Users
from domain.roles import new_roles
from domain.subjects import new_subject
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
        self,
        name: str,
        password: str,
        roles: tuple[str, ...] = (),
        *,
        by: Actor,
        subject: str | None = None,
        claims: str = NONE,
    ) -> User:
        """Add the user; returns the user as stored.

        Args:
            subject: None for the user's id.
            claims: custom claims, as a JSON object.

        Raises:
            InvalidUsername, InvalidPassword, InvalidRoles, InvalidSubject, InvalidClaims: no user
                can have that.
            UsernameTaken, SubjectTaken: another user has that name or subject.
        """
        name, password, roles = new_username(name), new_password(password), new_roles(roles)
        if await self.users.named(name):
            raise UsernameTaken
        user_id = random_id(self.entropy)
        user = User(
            id=user_id,
            subject=str(user_id) if subject is None else new_subject(subject),
            name=name,
            password_hash=await self.passwords.hash(password),
            roles=roles,
            created_at=self.clock(),
            claims=claims and new_claims(claims),
        )
        await self.users.add(user)
        self.audit(UserAdded.by(by, user, at=user.created_at))
        return user
