"""The statements of a refresh, each for many sessions at once."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol
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
from infrastructure.database.held_connections import FileConnection, HeldConnection
from infrastructure.database.session_rows import OWNED, owned_session
from infrastructure.database.statements import Row, for_postgres, for_sqlite
from infrastructure.database.tables import sessions, users


@dataclass(slots=True)
class Succession:
    """A session as it was found, and as it is to be stored."""

    session: Session
    successor: Session


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
    """Conditions that the session and its user are as they were when the session was found."""
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
    """Select the sessions with the ids `id0`, `id1` and so on."""
    return OWNED.where(
        sessions.c.id.in_([bindparam(f"id{n}", type_=IDENTIFIER) for n in range(count)])
    )


ADVANCE_ONE = (
    update(sessions)
    .where(*_nothing_happened(bindparam))
    .values({name.removeprefix("new_"): bindparam(name) for name in NEW})
)

# On Postgres, arrays keep the text of a statement the same for any number of sessions.
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


class SessionStatements(Protocol):
    """Sends what many refreshes ask at the same time."""

    async def find(self, ids: Sequence[UUID]) -> list[OwnedSession | None]:
        """The sessions in the order of their ids, None for an id without a session.

        Raises:
            Unavailable: the database cannot answer now.
        """
        ...

    async def advance(self, asks: Sequence[Succession]) -> list[bool]:
        """Whether each session was advanced; durable for all of them when it returns.

        Raises:
            Unavailable: the database cannot answer now.
        """
        ...


class SqliteStatements:
    """One SELECT for all, and one transaction of single UPDATEs."""

    def __init__(self, *, finding: FileConnection, advancing: FileConnection) -> None:
        self._finding = finding
        self._advancing = advancing
        self._find_so_many = lru_cache(lambda count: for_sqlite(find_so_many(count)))
        self._advance_one = for_sqlite(ADVANCE_ONE)

    async def find(self, ids: Sequence[UUID]) -> list[OwnedSession | None]:
        """See SessionStatements."""
        # The connection that commits keeps its page cache; a commit clears the other's.
        connection = self._advancing if self._advancing.is_ready else self._finding
        values = {f"id{n}": session_id for n, session_id in enumerate(ids)}
        return _in_order(ids, await connection.fetch(self._find_so_many(len(ids)), values))

    async def advance(self, asks: Sequence[Succession]) -> list[bool]:
        """See SessionStatements."""
        changed = await self._advancing.commit_each(self._advance_one, map(_values, asks))
        return [rows == 1 for rows in changed]


class PostgresStatements:
    """One SELECT and one UPDATE for all."""

    def __init__(self, *, finding: HeldConnection, advancing: HeldConnection) -> None:
        self._finding = finding
        self._advancing = advancing
        self._find_any = for_postgres(FIND_ANY)
        self._advance_many = for_postgres(ADVANCE_MANY)

    async def find(self, ids: Sequence[UUID]) -> list[OwnedSession | None]:
        """See SessionStatements."""
        return _in_order(ids, await self._finding.fetch(self._find_any, {"ids": ids}))

    async def advance(self, asks: Sequence[Succession]) -> list[bool]:
        """See SessionStatements.

        Of several asks for one session the first is sent, because the others would lose to it. The
        asks are sorted, so that instances lock the rows they share in the same order.
        """
        first = {ask.session.id: ask for ask in reversed(asks)}
        rows = [_values(first[session_id]) for session_id in sorted(first)]
        arrays = {name: [row[name] for row in rows] for name in rows[0]}
        advanced = {id_ for (id_,) in await self._advancing.fetch(self._advance_many, arrays)}
        return [ask.session.id in advanced and first[ask.session.id] is ask for ask in asks]


def _in_order(ids: Sequence[UUID], rows: Iterable[Row]) -> list[OwnedSession | None]:
    found = {one.session.id: one for one in map(owned_session, rows)}
    return [found.get(session_id) for session_id in ids]


def _values(ask: Succession) -> dict[str, object]:
    session, successor = ask.session, ask.successor
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
