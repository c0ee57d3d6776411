"""The ids of used assertions, for all instances; they are stored as digests."""

import hashlib
from datetime import datetime

from sqlalchemy import bindparam, delete, select

from infrastructure.database.database import Database
from infrastructure.database.tables import used_assertions

_over_at = used_assertions.c.over_at
PURGE = delete(used_assertions).where(
    used_assertions.c.key.in_(
        select(used_assertions.c.key)
        .where(_over_at <= bindparam("over_before"))
        .limit(bindparam("at_most"))
        .with_for_update(skip_locked=True)
    )
)


class SqlUsedAssertions:
    """The port UsedAssertions, in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._use = database.kind.insert(used_assertions).on_conflict_do_nothing()

    async def use(self, issuer: str, assertion_id: str, until: datetime) -> bool:
        """One INSERT; the primary key decides which of several was first."""
        values = {"key": _digest(issuer, assertion_id), "over_at": until}
        operation = "used_assertions.use"
        return await self._database.affected(self._use, values, operation=operation) == 1

    async def purge(self, over_before: datetime, at_most: int) -> int:
        """One DELETE, along the index of ends."""
        values = {"over_before": over_before, "at_most": at_most}
        return await self._database.affected(PURGE, values, operation="used_assertions.purge")


def _digest(issuer: str, assertion_id: str) -> bytes:
    each = (hashlib.sha256(text.encode()).digest() for text in (issuer, assertion_id))
    return hashlib.sha256(b"".join(each)).digest()
