"""List users."""

from dataclasses import dataclass

from domain.page import Page
from domain.ports.user_register import UserRegister
from domain.users import User


@dataclass(frozen=True, slots=True)
class ListUsers:
    """Page through the users by name."""

    user_register: UserRegister

    async def __call__(self, after: str | None = None, size: int = 100) -> Page[User]:
        """Up to `size` users by name, from the name `after` on."""
        return Page.of(await self.user_register.page(after=after, size=size + 1), size)
