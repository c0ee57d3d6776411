"""The statements of a refresh on Postgres: one SELECT and one UPDATE for all."""

import math
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, any_, bindparam, column, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from domain.errors import Unavailable
from domain.sessions import OwnedSession
from infrastructure.database.batching import POSTPONED, Postponed
from infrastructure.database.outages import has_waited_for_a_lock
from infrastructure.database.pooled_connection import PooledConnection
from infrastructure.database.session_rows import OWNED
from infrastructure.database.session_statements import (
    NEW,
    SEEN,
    Succession,
    in_order,
    nothing_happened,
    values_of,
)
from infrastructure.database.statements import for_postgres
from infrastructure.database.tables import sessions

Arrays = Mapping[str, list[Any]]
"""The values of several asks, one array for each parameter."""

# Arrays keep the text of a statement the same for any number of sessions.
FIND_ANY = OWNED.where(sessions.c.id == any_(bindparam("ids", type_=ARRAY(Uuid()))))
_ASKED = (
    func.unnest(*(bindparam(name, type_=ARRAY(kind)) for name, kind in (SEEN | NEW).items()))
    .table_valued(*(column(name, kind) for name, kind in (SEEN | NEW).items()), name="asked")
    .render_derived()
)
ADVANCE_MANY = (
    update(sessions)
    .where(*nothing_happened(lambda name: _ASKED.c[name]))
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


class PostgresStatements:
    """One SELECT and one UPDATE for all.

    An UPDATE that waited in vain for a row, which another transaction holds, is repeated without
    that row. For a while after that, batches skip locked rows and wait for none. Batches do not
    always skip, because skipping takes a third longer, except where the server sets no time-out.
    """

    def __init__(
        self, *, finding: PooledConnection, advancing: PooledConnection, is_always_cautious: bool
    ) -> None:
        self._finding = finding
        self._advancing = advancing
        self._find_any = for_postgres(FIND_ANY)
        self._advance_many = for_postgres(ADVANCE_MANY)
        self._advance_free = for_postgres(ADVANCE_FREE)
        self._cautious_until = math.inf if is_always_cautious else -math.inf

    async def find(self, ids: Sequence[UUID]) -> list[OwnedSession | None]:
        """See SessionStatements."""
        return in_order(ids, await self._finding.fetch(self._find_any, {"ids": ids}))

    async def advance(self, asks: Sequence[Succession]) -> list[bool | Postponed]:
        """See SessionStatements.

        Of several asks for one session the first is sent, because the others would lose to it. The
        asks are sorted, so that instances lock the rows they share in the same order.
        """
        first = {ask.session.id: ask for ask in reversed(asks)}
        rows = [values_of(first[session_id]) for session_id in sorted(first)]
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
