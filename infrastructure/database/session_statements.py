"""What many refreshes ask at the same time, and the conditions of their rotation."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Integer, Uuid, exists, or_
from sqlalchemy.sql.expression import ColumnElement
from sqlalchemy.types import TypeEngine

from domain.sessions import OwnedSession, Session
from infrastructure.database.batching import Postponed
from infrastructure.database.session_rows import owned_session
from infrastructure.database.statements import Row
from infrastructure.database.tables import clients, sessions, users


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


def nothing_happened(asked: Callable[[str], ColumnElement[Any]]) -> list[ColumnElement[bool]]:
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


def in_order(ids: Sequence[UUID], rows: Iterable[Row]) -> list[OwnedSession | None]:
    """The sessions of rows of OWNED in the order of their ids, None for an id without a row."""
    found = {one.session.id: one for one in map(owned_session, rows)}
    return [found.get(session_id) for session_id in ids]


def values_of(ask: Succession) -> dict[str, object]:
    """The values that SEEN and NEW name."""
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
