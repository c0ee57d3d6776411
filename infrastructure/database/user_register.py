"""The overview of all users."""

from sqlalchemy import bindparam

from domain.users import User
from infrastructure.database.database import Database
from infrastructure.database.tables import users
from infrastructure.database.users import USER

PAGE = USER.where(users.c.name > bindparam("after")).order_by(users.c.name).limit(bindparam("size"))


class SqlUserRegister:
    """The port UserRegister, in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, *, after: str | None, size: int) -> list[User]:
        """One SELECT along the index of names; no name is empty."""
        values = {"after": after or "", "size": size}
        rows = await self._database.rows(PAGE, values, operation="users.page")
        return [User(*row) for row in rows]
