"""The statements of a refresh, each for many sessions at once."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from time import monotonic
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
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.expression import ColumnElement
from sqlalchemy.types import TypeEngine

from domain.errors import Unavailable
from domain.sessions import OwnedSession, Session
from infrastructure.database.batching import POSTPONED, Postponed
from infrastructure.database.columns import IDENTIFIER
from infrastructure.database.held_connections import FileConnection, HeldConnection
from infrastructure.database.outages import has_waited_for_a_lock
from infrastructure.database.session_rows import OWNED, owned_session
from infrastructure.database.statements import Row, for_postgres, for_sqlite
from infrastructure.database.tables import clients, sessions, users

Arrays = Mapping[str, list[Any]]
"""The values of several asks, one array for each parameter."""


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
    """Conditions that the session, its user and its client are as they were when it was found."""
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
        or_(
            sessions.c.client_id.is_(None),
            exists().where(
                clients.c.id == sessions.c.client_id,
                clients.c.disabled_at.is_(None),
                clients.c.epoch == sessions.c.client_epoch,
            ),
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

_FREE = (
    select(sessions.c.id)
    .where(sessions.c.id == any_(bindparam("session_id", type_=ARRAY(Uuid()))))
    .with_for_update(key_share=True, skip_locked=True)
    .cte("free")
)
_ADVANCED = ADVANCE_MANY.where(sessions.c.id.in_(select(_FREE.c.id))).cte("advanced")
ADVANCE_FREE = select(_FREE.c.id, _ADVANCED.c.id.is_not(None)).select_from(
    _FREE.outerjoin(_ADVANCED, _ADVANCED.c.id == _FREE.c.id)
)
"""ADVANCE_MANY for the sessions whose rows no other transaction holds: every such session, and
whether it was advanced."""
CAUTION = 10
"""Seconds for which batches skip locked rows after one was met."""


class SessionStatements(Protocol):
    """Sends what many refreshes ask at the same time."""

    async def find(self, ids: Sequence[UUID]) -> list[OwnedSession | None]:
        """The sessions in the order of their ids, None for an id without a session.

        Raises:
            Unavailable: the database cannot answer now.
        """
        ...

    async def advance(self, asks: Sequence[Succession]) -> list[bool | Postponed]:
        """Whether each session was advanced; durable for all of them when it returns.

        A session whose row another transaction holds is postponed.

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

    async def advance(self, asks: Sequence[Succession]) -> list[bool | Postponed]:
        """See SessionStatements. SQLite locks no rows, so no session is postponed."""
        changed = await self._advancing.commit_each(self._advance_one, map(_values, asks))
        return [rows == 1 for rows in changed]


class PostgresStatements:
    """One SELECT and one UPDATE for all.

    An UPDATE that waited in vain for a row, which another transaction holds, is repeated without
    that row. For a while after that, batches skip locked rows and wait for none. Batches do not
    always skip, because skipping takes a third longer, except where the server sets no time-out.
    """

    def __init__(
        self, *, finding: HeldConnection, advancing: HeldConnection, is_always_cautious: bool
    ) -> None:
        self._finding = finding
        self._advancing = advancing
        self._find_any = for_postgres(FIND_ANY)
        self._advance_many = for_postgres(ADVANCE_MANY)
        self._advance_free = for_postgres(ADVANCE_FREE)
        self._cautious_until = math.inf if is_always_cautious else -math.inf

    async def find(self, ids: Sequence[UUID]) -> list[OwnedSession | None]:
        """See SessionStatements."""
        return _in_order(ids, await self._finding.fetch(self._find_any, {"ids": ids}))

    async def advance(self, asks: Sequence[Succession]) -> list[bool | Postponed]:
        """See SessionStatements.

        Of several asks for one session the first is sent, because the others would lose to it. The
        asks are sorted, so that instances lock the rows they share in the same order.
        """
        first = {ask.session.id: ask for ask in reversed(asks)}
        rows = [_values(first[session_id]) for session_id in sorted(first)]
        arrays = {name: [row[name] for row in rows] for name in rows[0]}
        outcome = await self._advance(arrays)
        return [
            outcome.get(ask.session.id, False) if first[ask.session.id] is ask else False
            for ask in asks
        ]

    async def _advance(self, arrays: Arrays) -> Mapping[UUID, bool | Postponed]:
        """Whether each session was advanced; False for a session that is left out."""
        if monotonic() > self._cautious_until:
            try:
                rows = await self._advancing.fetch(self._advance_many, arrays)
            except Unavailable as outage:
                if not has_waited_for_a_lock(outage):
                    raise
            else:
                return {id_: True for (id_,) in rows}
        return await self._advance_free_ones(arrays)

    async def _advance_free_ones(self, arrays: Arrays) -> Mapping[UUID, bool | Postponed]:
        rows = await self._advancing.fetch(self._advance_free, arrays)
        free = {id_: bool(was_advanced) for id_, was_advanced in rows}
        rest = [id_ for id_ in arrays["session_id"] if id_ not in free]
        locked = [one.session.id for one in await self.find(rest) if one] if rest else []
        if locked:
            self._cautious_until = max(self._cautious_until, monotonic() + CAUTION)
        return free | dict.fromkeys(locked, POSTPONED)


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
