"""The overview of all sessions: listed, counted, purged."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, delete, func, select, text

from domain.sessions import LiveAt, OwnedSession
from infrastructure.database.columns import MOMENT
from infrastructure.database.database import Database
from infrastructure.database.session_rows import LIVE, OWNED, live_values, owned_session
from infrastructure.database.tables import sessions

FIRST = UUID(int=0)

PAGE = (
    OWNED.where(LIVE, sessions.c.id > bindparam("after"))
    .order_by(sessions.c.id)
    .limit(bindparam("size"))
)
PAGE_OF_USER = PAGE.where(sessions.c.user_id == bindparam("user_id"))

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

COUNT_ALIVE = (
    select(func.count())
    .select_from(sessions)
    .where(sessions.c.ended_at.is_(None), sessions.c.expires_at > bindparam("at"))
)
# The number of rows that Postgres estimates from its statistics.
EXPECT_ALIVE = text(
    "EXPLAIN (FORMAT JSON) SELECT FROM sessions WHERE ended_at IS NULL AND expires_at > :at"
).bindparams(bindparam("at", type_=MOMENT))
WORTH_COUNTING = 10_000


class SqlSessionRegister:
    """The port SessionRegister, in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, user_id: UUID | None, live: LiveAt, *, after: UUID | None, size: int
    ) -> list[OwnedSession]:
        """One SELECT along an index, from `after` on."""
        values = live_values(live) | {"after": after or FIRST, "size": size}
        if user_id is None:
            rows = await self._database.rows(PAGE, values, operation="session_register.page")
        else:
            rows = await self._database.rows(
                PAGE_OF_USER, values | {"user_id": user_id}, operation="session_register.page"
            )
        return [owned_session(row) for row in rows]

    async def purge(self, expired_before: datetime, at_most: int) -> int:
        """One DELETE, along the index of expiries."""
        values = {"expired_before": expired_before, "at_most": at_most}
        return await self._database.affected(PURGE, values, operation="session_register.purge")

    async def count_alive(self, at: datetime) -> int:
        """A count along an index; on Postgres an estimate if there are many."""
        if self._database.is_postgres and (expected := await self._expected(at)) > WORTH_COUNTING:
            return expected
        row = await self._database.row(
            COUNT_ALIVE, {"at": at}, operation="session_register.count_alive"
        )
        return int(row[0]) if row else 0

    async def _expected(self, at: datetime) -> int:
        row = await self._database.row(
            EXPECT_ALIVE, {"at": at}, operation="session_register.count_alive"
        )
        return int(row[0][0]["Plan"]["Plan Rows"]) if row else 0
