"""The statements of a refresh on SQLite: one SELECT for all, one transaction of single UPDATEs."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, update

from domain.sessions import OwnedSession
from infrastructure.database.batching import Postponed
from infrastructure.database.columns import IDENTIFIER
from infrastructure.database.session_rows import OWNED
from infrastructure.database.session_statements import (
    NEW,
    Succession,
    in_order,
    nothing_happened,
    values_of,
)
from infrastructure.database.shared_file import SharedFile
from infrastructure.database.statements import for_sqlite
from infrastructure.database.tables import sessions


def find_so_many(count: int) -> Select[Any]:
    """Select the sessions with the ids `id0`, `id1` and so on."""
    return OWNED.where(
        sessions.c.id.in_([bindparam(f"id{n}", type_=IDENTIFIER) for n in range(count)])
    )


ADVANCE_ONE = (
    update(sessions)
    .where(*nothing_happened(bindparam))
    .values({name.removeprefix("new_"): bindparam(name) for name in NEW})
)


class SqliteStatements:
    """One SELECT for all, and one transaction of single UPDATEs."""

    def __init__(self, file: SharedFile) -> None:
        self._file = file
        self._find_so_many = lru_cache(lambda count: for_sqlite(find_so_many(count)))
        self._advance_one = for_sqlite(ADVANCE_ONE)

    async def find(self, ids: Sequence[UUID]) -> list[OwnedSession | None]:
        """See SessionStatements."""
        values = {f"id{n}": session_id for n, session_id in enumerate(ids)}
        return in_order(ids, await self._file.fetch(self._find_so_many(len(ids)), values))

    async def advance(self, asks: Sequence[Succession]) -> list[bool | Postponed]:
        """See SessionStatements. SQLite locks no rows, so no session is postponed."""
        text, written = self._advance_one.text, self._advance_one.written
        return await self._file.commit(
            lambda driver: [
                driver.execute(text, written(values_of(ask))).rowcount == 1 for ask in asks
            ]
        )
