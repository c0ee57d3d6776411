"""Changes a user so that no two changes overwrite each other."""

from collections.abc import Callable
from uuid import UUID

from application.steps.change import store_change
from domain.errors import UserNotFound
from domain.ports.users import Users
from domain.users import User


async def change_user(
    users: Users, user: User, change: Callable[[User], User], *, keeping: UUID | None = None
) -> User:
    """Store the changed `user`; after a lost race, read the user again and begin again.

    The user is read again by id, because another user can have the name by then.

    Args:
        user: as identified before.
        keeping: the one session that stays live when the credentials epoch changes.

    Returns:
        The user as stored.

    Raises:
        UserNotFound: the user was deleted.
        Unavailable: other changes were faster every time; nothing was changed.
    """

    async def find_again() -> User:
        found = await users.with_id(user.id)
        if found is None:
            raise UserNotFound
        return found

    return await store_change(
        user,
        change,
        replace=lambda changed: users.replace(changed, keeping=keeping),
        find_again=find_again,
    )
