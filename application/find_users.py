"""Find users, for a back end."""

from dataclasses import dataclass
from uuid import UUID

from application.steps.user_lookup import Subject, find_user
from domain.errors import InvalidUsername
from domain.page import Page
from domain.ports.user_register import UserRegister
from domain.ports.users import Users
from domain.users import User, username


@dataclass(frozen=True, slots=True)
class FindUsers:
    """Page through all users, or find one by name or subject."""

    users: Users
    user_register: UserRegister

    async def __call__(
        self, name: str | None = None, after: UUID | None = None, size: int = 50
    ) -> Page[User]:
        """Up to `size` users by id, from `after` on; with `name`, the user of that name alone."""
        if name is None:
            return Page.of(await self.user_register.page(after=after, size=size + 1), size)
        try:
            found = await self.users.named(username(name))
        except InvalidUsername:
            found = None
        return Page([] if found is None else [found], has_more=False)

    async def with_subject(self, subject: str) -> User:
        """The user of that subject.

        Raises:
            UserNotFound: no user has that subject.
        """
        return await find_user(self.users, Subject(subject))
