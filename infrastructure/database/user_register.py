"""The overview of all users."""

from uuid import UUID

from sqlalchemy import bindparam

from domain.users import User
from infrastructure.database.database import Database
from infrastructure.database.tables import users
from infrastructure.database.users import USER, user_of

FIRST = UUID(int=0)

PAGE = USER.where(users.c.id > bindparam("after")).order_by(users.c.id).limit(bindparam("size"))
NEXT_WITH_PASSWORD = (
    USER.where(users.c.name > bindparam("name"), users.c.password_hash.is_not(None))
    .order_by(users.c.name)
    .limit(1)
)


class SqlUserRegister:
    """The port UserRegister, in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, *, after: UUID | None, size: int) -> list[User]:
        """One SELECT along the primary key."""
        values = {"after": after or FIRST, "size": size}
        rows = await self._database.rows(PAGE, values, operation="users.page")
        return [user_of(row) for row in rows]

    async def next_with_password(self, name: str) -> User | None:
        """One SELECT along the index of names; no name is empty."""
        row = await self._database.row(
            NEXT_WITH_PASSWORD, {"name": name}, operation="users.next_with_password"
        )
        return None if row is None else user_of(row)
