"""The overview of all sessions: listed, counted, purged."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, delete, func, select

from domain.sessions import LiveAt, OwnedSession
from infrastructure.database.columns import MOMENT
from infrastructure.database.database import Database
from infrastructure.database.session_rows import LIVE, OWNED, live_values, owned_session
from infrastructure.database.tables import sessions

FIRST = UUID(int=0)

PAGE = (
    OWNED.where(sessions.c.id > bindparam("after")).order_by(sessions.c.id).limit(bindparam("size"))
)
OF_USER = sessions.c.user_id == bindparam("user_id")

# Instances that purge at the same time take different batches; on SQLite they wait.
PURGE = delete(sessions).where(
    sessions.c.id.in_(
        select(sessions.c.id)
        .where(sessions.c.expires_at < bindparam("expired_before"))
        .order_by(sessions.c.expires_at)
        .limit(bindparam("at_most"))
        .with_for_update(skip_locked=True)
    )
)

ALIVE = select(sessions.c.id).where(
    sessions.c.ended_at.is_(None), sessions.c.expires_at > bindparam("at", type_=MOMENT)
)
COUNT_ALIVE = ALIVE.with_only_columns(func.count())


class SqlSessionRegister:
    """The port SessionRegister, in SQL."""

    def __init__(self, database: Database, *, most_counted: int = 10_000) -> None:
        """Estimate the number of sessions if it is greater than `most_counted`."""
        self._database = database
        self._most_counted = most_counted

    async def page(
        self, user_id: UUID | None, live: LiveAt | None, *, after: UUID | None, size: int
    ) -> list[OwnedSession]:
        """One SELECT along an index, from `after` on."""
        statement, values = PAGE, {"after": after or FIRST, "size": size}
        if user_id is not None:
            statement, values = statement.where(OF_USER), values | {"user_id": user_id}
        if live is not None:
            statement, values = statement.where(LIVE), values | live_values(live)
        rows = await self._database.rows(statement, values, operation="session_register.page")
        return [owned_session(row) for row in rows]

    async def purge(self, expired_before: datetime, at_most: int) -> int:
        """One DELETE, along the index of expiries."""
        values = {"expired_before": expired_before, "at_most": at_most}
        return await self._database.affected(PURGE, values, operation="session_register.purge")

    async def count_alive(self, at: datetime) -> int:
        """An estimate if there are many and the database has one, else a count along an index."""
        async with self._database.connection("session_register.count_alive") as connection:
            expected = await self._database.kind.estimate(connection, ALIVE, {"at": at})
            if expected is not None and expected > self._most_counted:
                return expected
            return (await connection.execute(COUNT_ALIVE, {"at": at})).scalar_one()
