"""Finds the user of a name."""

from domain.errors import UserNotFound
from domain.ports.users import Users
from domain.users import User, username


async def find_user(users: Users, name: str) -> User:
    """The user of that name, in any spelling.

    Raises:
        InvalidUsername: no user can have that name.
        UserNotFound: no user has that name.
    """
    user = await users.named(username(name))
    if user is None:
        raise UserNotFound
    return user
