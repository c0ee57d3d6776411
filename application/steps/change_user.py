"""How a user is changed so that no two changes overwrite each other."""

from collections.abc import Callable
from uuid import UUID

from domain.errors import Unavailable, UserNotFound
from domain.ports.users import Users
from domain.users import User, username

ROUNDS = 10


async def change_user(
    users: Users, name: str, change: Callable[[User], User], *, keeping: UUID | None = None
) -> User:
    """Read the user of that name, change it and store it; after a lost race, begin again.

    Args:
        keeping: the one session that stays live when the credentials epoch changes.

    Returns:
        The user as stored.

    Raises:
        UserNotFound: no user has that name.
        Unavailable: other changes were faster every time; nothing was changed.
    """
    for _ in range(ROUNDS):
        user = await users.named(username(name))
        if user is None:
            raise UserNotFound
        changed = change(user)
        if await users.replace(changed, keeping=keeping):
            return changed
    raise Unavailable("contended")
