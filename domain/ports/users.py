"""The store of users, one user at a time."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.users import User


class Users(Protocol):
    """One row for each user. Every operation is atomic by itself. Raises from all: Unavailable."""

    async def add(self, user: User) -> None:
        """Store a new user.

        Raises:
            UsernameTaken, SubjectTaken: another user has that name or subject; nothing was stored.
        """
        ...

    async def named(self, name: str) -> User | None:
        """The user of that name, in the form that `domain.users.username` gives."""
        ...

    async def with_id(self, user_id: UUID) -> User | None:
        """The user with that id."""
        ...

    async def with_subject(self, subject: str) -> User | None:
        """The user of that subject, which is the id as text where no other was given."""
        ...

    async def replace(self, user: User, *, keeping: UUID | None = None) -> bool:
        """Store a changed user, if nobody else changed it: its version is the stored one plus one.

        One UPDATE, however many sessions the user has, and the user's `revocation` with it.
        `keeping` names the one session that follows the user into a new credentials epoch; a
        session that an earlier epoch left behind stays behind. True for exactly one of any number
        of callers that read the same version.

        Raises:
            UsernameTaken: another user has the name; nothing was stored.
        """
        ...

    async def delete(self, user_id: UUID, at: datetime) -> bool:
        """Forget the user; the sessions stay until purged. True for exactly one caller.

        The revocation of the user's JWTs is stored with it.
        """
        ...
