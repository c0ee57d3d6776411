"""The ids of assertions and proofs, for all instances; they are stored as digests."""

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam

from infrastructure.database.database import Database
from infrastructure.database.purging import purge_of
from infrastructure.database.scripts import Script
from infrastructure.database.tables import used_ids

PURGE = purge_of(used_ids.c.key, used_ids.c.over_at)


class SqlUsedIds:
    """The port UsedIds, in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._use = (
            database.kind.insert(used_ids)
            .values(key=bindparam("key"), over_at=bindparam("over_at"))
            .on_conflict_do_nothing()
            .returning(used_ids.c.key)
        )

    async def use(self, party: str, unique: str, until: datetime) -> bool:
        """One INSERT; the primary key decides which of several was first."""
        values = {"key": _digest(party, unique), "over_at": until}
        return await self._database.transact(
            lambda: _using(self._use, values), operation="used_ids.use"
        )

    async def purge(self, over_before: datetime, at_most: int) -> int:
        """One DELETE, along the index of ends."""
        values = {"over_before": over_before, "at_most": at_most}
        return await self._database.affected(PURGE, values, operation="used_ids.purge")


def _using(use: Any, values: dict[str, object]) -> Script[bool]:
    return bool((yield use, values))


def _digest(party: str, unique: str) -> bytes:
    each = (hashlib.sha256(text.encode()).digest() for text in (party, unique))
    return hashlib.sha256(b"".join(each)).digest()
