"""The overview of all stored users."""

from typing import Protocol
from uuid import UUID

from domain.users import User


class UserRegister(Protocol):
    """Lists users. Raises from all: Unavailable."""

    async def page(self, *, after: UUID | None, size: int) -> list[User]:
        """Up to `size` users by id, from `after` on, which is not among them."""
        ...

    async def next_with_password(self, name: str) -> User | None:
        """The first user by name, from `name` on, who has a name and a password.

        The user of that name is not meant.
        """
        ...
