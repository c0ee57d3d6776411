"""Where users live."""

from typing import Protocol
from uuid import UUID

from domain.users import User


class Users(Protocol):
    """One row a user. Every operation is atomic by itself. Raises from all: Unavailable."""

    async def add(self, user: User) -> None:
        """Store a new user.

        Raises:
            UsernameTaken: another user has that name; nothing was stored.
        """
        ...

    async def named(self, name: str) -> User | None:
        """The user of that name, in the form that `domain.users.username` gives."""
        ...

    async def with_id(self, user_id: UUID) -> User | None:
        """The user with that subject."""
        ...

    async def replace(self, user: User, *, keeping: UUID | None = None) -> bool:
        """Store what became of a user, if nobody changed it since (its version is the next one).

        One UPDATE, however many sessions the user holds. `keeping` names the one session of theirs
        that follows into the new credentials epoch, in the same transaction; one that an earlier
        epoch left behind stays behind. True for exactly one of any number of callers that saw the
        same version.
        """
        ...

    async def delete(self, user_id: UUID) -> bool:
        """Forget the user; its sessions stay until purged (D2). True for exactly one caller."""
        ...

    async def page(self, after: str | None, size: int) -> list[User]:
        """Up to `size` users by name, those behind the name `after`."""
        ...
