"""Revocations: any number of followers cost one statement in each tick."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, delete, select

from domain.revocations import Published, Revocation
from infrastructure.database.columns import MOMENT
from infrastructure.database.database import Database
from infrastructure.database.kind import DatabaseKind
from infrastructure.database.revocation_rows import FIELDS, revocation_of
from infrastructure.database.tables import revocations
from infrastructure.database.waiters import TICK, Waiters

RELOAD = 60.0
"""Seconds after which purged rows are forgotten."""
MOST_SEEN = 100
"""Rows that a cursor names one by one."""

PURGE = delete(revocations).where(
    revocations.c.id.in_(
        select(revocations.c.id)
        .where(revocations.c.at < bindparam("changed_before", type_=MOMENT))
        .order_by(revocations.c.id)
        .limit(bindparam("at_most"))
        .with_for_update(skip_locked=True)
    )
)


@dataclass(frozen=True, slots=True)
class Position:
    """How far a follower has come.

    Attributes:
        mark: the follower has every row with a lesser mark.
        seen: ids of rows that the follower has although their mark is not less.
    """

    mark: int = 0
    seen: frozenset[int] = frozenset()

    @classmethod
    def parse(cls, cursor: str | None) -> "Position":
        """The position of a cursor; the beginning if there is none."""
        if cursor is None:
            return cls()
        mark, *seen = map(int, cursor.split("-"))
        return cls(mark, frozenset(seen))

    def __str__(self) -> str:
        return "-".join(map(str, (self.mark, *sorted(self.seen)[:MOST_SEEN])))


@dataclass(frozen=True, slots=True)
class Line:
    """A revocation as stored."""

    id: int
    mark: int
    revocation: Revocation

    def is_after(self, position: Position) -> bool:
        """Whether a follower at that position lacks it."""
        return self.mark >= position.mark and self.id not in position.seen


class SqlRevocations:
    """The port Revocations, in SQL.

    The process keeps a copy of the small table. The process reads what is new for a follower that
    asks, and in each tick while a follower waits. So a thousand followers cost no more statements
    than one.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._after = rows_after(database.kind)
        self._lines: list[Line] = []
        self._position = Position()
        self._read_at = self._loaded_at = float("-inf")
        self._reading = asyncio.Lock()
        self._waiters = Waiters(self._read_if_due)
        self._is_stopping = False

    async def after(self, cursor: str | None, wait: timedelta) -> Published:
        """See Revocations."""
        loop = asyncio.get_running_loop()
        until = loop.time() + wait.total_seconds()
        position = Position.parse(cursor)
        await self._read_if_due()
        if position.mark > self._position.mark:
            await self._read()  # another instance knows more
        if position.mark > self._position.mark:
            position = Position()  # the cursor is of another history of this database
        while True:
            found = self._published(position)
            left = until - loop.time()
            if found.revocations or left <= 0 or self._is_stopping:
                return found
            await self._waiters.wait(left)

    async def purge(self, changed_before: datetime, at_most: int) -> int:
        """One DELETE."""
        values = {"changed_before": changed_before, "at_most": at_most}
        return await self._database.affected(PURGE, values, operation="revocations.purge")

    def stop_waiting(self) -> None:
        """Answer all waiting followers now, because the process ends."""
        self._is_stopping = True
        self._waiters.wake()

    def _published(self, position: Position) -> Published:
        lines = [line for line in self._lines if line.is_after(position)]
        return Published(tuple(line.revocation for line in lines), str(self._position))

    async def _read_if_due(self) -> None:
        if asyncio.get_running_loop().time() - self._read_at >= TICK / 2:
            await self._read()

    async def _read(self) -> None:
        """Read what is new, one task at a time, unless a read began after this one was asked."""
        asked_at = asyncio.get_running_loop().time()
        async with self._reading:
            now = asyncio.get_running_loop().time()
            if self._read_at > asked_at:
                return
            is_reload = now - self._loaded_at > RELOAD
            mark = 0 if is_reload else self._position.mark
            rows = await self._database.rows(
                self._after, {"mark": mark}, operation="revocations.after"
            )
            before = {line.id for line in self._lines}
            found = [line for line in map(_line, rows) if line is not None]
            kept = [] if is_reload else self._lines
            self._lines = list({line.id: line for line in (*kept, *found)}.values())
            settled = int(rows[0][0])
            unsettled = frozenset(line.id for line in self._lines if line.mark >= settled)
            self._position = Position(settled, unsettled)
            self._read_at = now
            self._loaded_at = now if is_reload else self._loaded_at
        if any(line.id not in before for line in found):
            self._waiters.wake()


def rows_after(kind: DatabaseKind) -> Select[Any]:
    """The settled mark, and with it each row of at least `mark`; NULL if there is none."""
    settled = select(kind.settled_mark.label("settled")).subquery("settled")
    return (
        select(
            settled.c.settled,
            revocations.c.id,
            kind.commit_mark,
            *(revocations.c[name] for name in FIELDS),
        )
        .select_from(settled.outerjoin(revocations, kind.commit_mark >= bindparam("mark")))
        .order_by(revocations.c.id)
    )


def _line(row: Sequence[Any]) -> Line | None:
    _settled, line_id, mark, *fields = row
    return None if line_id is None else Line(line_id, mark, revocation_of(fields))
