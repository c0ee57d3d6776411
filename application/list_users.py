"""List users."""

from dataclasses import dataclass

from domain.ports.users import Users
from domain.users import User


@dataclass(frozen=True, slots=True)
class ListUsers:
    """Page through the users by name."""

    users: Users

    async def __call__(self, after: str | None = None, size: int = 100) -> list[User]:
        """Up to `size` users whose names sort behind `after`."""
        return await self.users.page(after, size)
