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
    """Read the user of that name, change it and store it; who loses a race begins again.

    Args:
        keeping: the one session that outlives a change of the credentials epoch.

    Returns:
        The user as stored.

    Raises:
        UserNotFound: no user of that name.
        Unavailable: others were faster every time; nothing was changed.
    """
    for _ in range(ROUNDS):
        user = await users.named(username(name))
        if user is None:
            raise UserNotFound
        changed = change(user)
        if await users.replace(changed, keeping=keeping):
            return changed
    raise Unavailable("contended")
