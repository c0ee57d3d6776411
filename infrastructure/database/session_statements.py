"""The statements of a refresh, each for many sessions at once."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    DateTime,
    Integer,
    Select,
    Uuid,
    any_,
    bindparam,
    column,
    exists,
    func,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.expression import ColumnElement
from sqlalchemy.types import TypeEngine

from domain.sessions import OwnedSession, Session
from infrastructure.database.columns import IDENTIFIER
from infrastructure.database.database import Database
from infrastructure.database.session_rows import OWNED, owned_session
from infrastructure.database.statements import PostgresStatement, SqliteStatement
from infrastructure.database.tables import sessions, users

Advance = tuple[Session, Session]
"""A session as it was read, and what is to become of it."""

SEEN: dict[str, TypeEngine[Any]] = {
    "session_id": Uuid(),
    "seen_generation": BigInteger(),
    "seen_parent": BigInteger(),
    "seen_epoch": BigInteger(),
}
NEW: dict[str, TypeEngine[Any]] = {
    "new_generation": BigInteger(),
    "new_parent": BigInteger(),
    "new_recoveries": Integer(),
    "new_rotated_at": DateTime(timezone=True),
    "new_last_used_at": DateTime(timezone=True),
}


def _nothing_happened(asked: Callable[[str], ColumnElement[Any]]) -> list[ColumnElement[bool]]:
    """The session and its user are as they were when the session was read (L7, L10)."""
    return [
        sessions.c.id == asked("session_id"),
        sessions.c.ended_at.is_(None),
        sessions.c.generation == asked("seen_generation"),
        sessions.c.parent == asked("seen_parent"),
        sessions.c.credentials_epoch == asked("seen_epoch"),
        exists().where(
            users.c.id == sessions.c.user_id,
            users.c.disabled_at.is_(None),
            users.c.credentials_epoch == asked("seen_epoch"),
        ),
    ]


def find_so_many(count: int) -> Select[Any]:
    """The sessions with the ids `id0`, `id1` and so on."""
    return OWNED.where(
        sessions.c.id.in_([bindparam(f"id{n}", type_=IDENTIFIER) for n in range(count)])
    )


ADVANCE_ONE = (
    update(sessions)
    .where(*_nothing_happened(bindparam))
    .values({name.removeprefix("new_"): bindparam(name) for name in NEW})
)

# On Postgres arrays keep the text of a statement the same for any number of sessions.
FIND_ANY = OWNED.where(sessions.c.id == any_(bindparam("ids", type_=ARRAY(Uuid()))))
_ASKED = (
    func.unnest(*(bindparam(name, type_=ARRAY(kind)) for name, kind in (SEEN | NEW).items()))
    .table_valued(*(column(name, kind) for name, kind in (SEEN | NEW).items()), name="asked")
    .render_derived()
)
ADVANCE_MANY = (
    update(sessions)
    .where(*_nothing_happened(lambda name: _ASKED.c[name]))
    .values({name.removeprefix("new_"): _ASKED.c[name] for name in NEW})
    .returning(sessions.c.id)
)


class SqliteStatements:
    """One SELECT for all, and one transaction of single UPDATEs."""

    def __init__(self, database: Database) -> None:
        self._finding = database.file_lane()
        self._advancing = database.file_lane()
        self._find_so_many = lru_cache(lambda count: SqliteStatement(find_so_many(count)))
        self._advance_one = SqliteStatement(ADVANCE_ONE)

    async def find(self, ids: Sequence[UUID]) -> list[OwnedSession | None]:
        """The sessions in the order of their ids, None where there is none."""
        asked = {f"id{n}": session_id for n, session_id in enumerate(ids)}
        find = self._find_so_many(len(ids))
        # The connection that writes keeps its pages; the other forgets all at every commit.
        lane = self._advancing if self._advancing.is_free else self._finding
        rows = await lane.run(lambda connection: find.rows(connection, asked))
        return _in_order(ids, rows)

    async def advance(self, asks: Sequence[Advance]) -> list[bool]:
        """Whether each was advanced; durable for all of them when it returns."""
        changed = await self._advancing.commit(
            lambda connection: self._advance_one.affected(connection, map(_values, asks))
        )
        return [rows == 1 for rows in changed]


class PostgresStatements:
    """One SELECT and one UPDATE for all."""

    def __init__(self, database: Database) -> None:
        self._finding = database.pooled_lane()
        self._advancing = database.pooled_lane()
        self._find_any = PostgresStatement(FIND_ANY)
        self._advance_many = PostgresStatement(ADVANCE_MANY)

    async def find(self, ids: Sequence[UUID]) -> list[OwnedSession | None]:
        """The sessions in the order of their ids, None where there is none."""
        asked = {"ids": ids}
        rows = await self._finding.run(lambda lane: self._find_any.rows(lane, asked))
        return _in_order(ids, rows)

    async def advance(self, asks: Sequence[Advance]) -> list[bool]:
        """Whether each was advanced; durable for all of them when it returns.

        Of several asks for one session the first is sent: the others would lose to it anyway. They
        are sorted, so that instances lock the rows they share in the same order.
        """
        first = {ask[0].id: ask for ask in reversed(asks)}
        rows = [_values(first[session_id]) for session_id in sorted(first)]
        arrays = {name: [row[name] for row in rows] for name in rows[0]}
        advanced = await self._advancing.run(lambda lane: self._advance_many.rows(lane, arrays))
        advanced_ids = {session_id for (session_id,) in advanced}
        return [ask[0].id in advanced_ids and first[ask[0].id] is ask for ask in asks]


def _in_order(ids: Sequence[UUID], rows: Any) -> list[OwnedSession | None]:
    found = {one.session.id: one for one in map(owned_session, rows)}
    return [found.get(session_id) for session_id in ids]


def _values(ask: Advance) -> dict[str, Any]:
    session, successor = ask
    return {
        "session_id": session.id,
        "seen_generation": session.generation,
        "seen_parent": session.parent,
        "seen_epoch": session.credentials_epoch,
        "new_generation": successor.generation,
        "new_parent": successor.parent,
        "new_recoveries": successor.recoveries,
        "new_rotated_at": successor.rotated_at,
        "new_last_used_at": successor.last_used_at,
    }
