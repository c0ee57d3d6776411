"""List users."""

from dataclasses import dataclass
from uuid import UUID

from domain.page import Page
from domain.ports.user_register import UserRegister
from domain.users import User


@dataclass(frozen=True, slots=True)
class ListUsers:
    """Page through the users."""

    user_register: UserRegister

    async def __call__(self, after: UUID | None = None, size: int = 100) -> Page[User]:
        """Up to `size` users by id, from `after` on."""
        return Page.of(await self.user_register.page(after=after, size=size + 1), size)
