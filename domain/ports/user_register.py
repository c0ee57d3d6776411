"""The overview of all stored users."""

from typing import Protocol

from domain.users import User


class UserRegister(Protocol):
    """Lists users. Raises: Unavailable."""

    async def page(self, *, after: str | None, size: int) -> list[User]:
        """Up to `size` users by name, from the name `after` on, which is not among them."""
        ...
