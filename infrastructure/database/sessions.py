"""Sessions one at a time: opened, found, advanced, ended."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, bindparam, insert, select, update

from domain.causes import EndCause, RevocationCause
from domain.errors import TooManySessions
from domain.revocations import Named, Revocation
from domain.sessions import AtLimit, LiveAt, OwnedSession, Session, SessionLimit
from infrastructure.database.batching import Batch
from infrastructure.database.database import Database
from infrastructure.database.revocation_rows import TELL, revocation_row
from infrastructure.database.scripts import Script
from infrastructure.database.session_rows import LIVE, live_values, session_row
from infrastructure.database.session_statements import Succession
from infrastructure.database.tables import clients, sessions, users

_UNENDED = update(sessions).where(
    sessions.c.id == bindparam("session_id"), sessions.c.ended_at.is_(None)
)

TOUCH = _UNENDED.where(sessions.c.last_used_at == bindparam("seen_use")).values(
    last_used_at=bindparam("last_used_at")
)

END = _UNENDED.values(ended_at=bindparam("ended_at"), end_cause=bindparam("end_cause")).returning(
    sessions.c.id
)

# No session is stored for a user that changed after the log-in read it. The lock lets one log-in of
# a user happen at a time, so that two log-ins cannot both find the last free place. This is the
# weakest lock that suffices. SQLite needs none, because its write transactions never overlap.
LOCK_OWNER = (
    select(users.c.id)
    .where(
        users.c.id == bindparam("user_id"),
        users.c.credentials_epoch == bindparam("seen_epoch"),
        users.c.disabled_at.is_(None),
    )
    .with_for_update(key_share=True)
)

# SessionLimit.excess: all live sessions with the client but the youngest few. A property test
# compares the two.
EXCESS = (
    select(sessions.c.id)
    .join(users, users.c.id == sessions.c.user_id)
    .outerjoin(clients, clients.c.id == sessions.c.client_id)
    .where(
        sessions.c.user_id == bindparam("user_id"),
        sessions.c.client_id.is_not_distinct_from(bindparam("client_id", type_=Text)),
        LIVE,
    )
    .order_by(sessions.c.id.desc())
    .offset(bindparam("kept"))
)

OPEN = insert(sessions)


class SqlSessions:
    """The port Sessions, in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        shared, observer = database.kind.session_statements(), database.observer
        self._find = Batch(shared.find, observer=observer.batch("sessions.find"))
        self._advance = Batch(shared.advance, observer=observer.batch("sessions.advance"))

    async def open(self, session: Session, limit: SessionLimit) -> list[UUID] | None:
        """One transaction, so that the limit holds however many log in at once."""
        return await self._database.transact(
            lambda: _opening(session, limit), operation="sessions.open"
        )

    async def find(self, session_id: UUID) -> OwnedSession | None:
        """One SELECT by primary keys, shared with other look-ups that run now."""
        return await self._find(session_id)

    async def advance(self, session: Session, successor: Session) -> bool:
        """One conditional UPDATE, committed together with other advances that run now."""
        return await self._advance(Succession(session, successor))

    async def touch(self, session: Session, at: datetime) -> None:
        """One conditional UPDATE."""
        seen = {"session_id": session.id, "seen_use": session.last_used_at}
        await self._database.affected(
            TOUCH, seen | {"last_used_at": at}, operation="sessions.touch"
        )

    async def end(self, session_id: UUID, cause: EndCause, at: datetime) -> bool:
        """One transaction with a conditional UPDATE."""
        return await self._database.transact(
            lambda: _ending(session_id, cause, at), operation="sessions.end"
        )


def _opening(session: Session, limit: SessionLimit) -> Script[list[UUID] | None]:
    seen = {"user_id": session.user_id, "seen_epoch": session.credentials_epoch}
    if not (yield LOCK_OWNER, seen):
        return None
    live = live_values(LiveAt(session.opened_at, limit.idle))
    of = {"user_id": session.user_id, "client_id": session.client_id, "kept": limit.count - 1}
    excess = [session_id for (session_id,) in (yield EXCESS, live | of)]
    if excess and limit.at_limit is AtLimit.REFUSE:
        raise TooManySessions
    for one in excess:
        yield from _ending(one, EndCause.REPLACED, session.opened_at)
    yield OPEN, session_row(session)
    return excess[::-1]


def _ending(session_id: UUID, cause: EndCause, at: datetime) -> Script[bool]:
    values = {"session_id": session_id, "ended_at": at, "end_cause": cause}
    if not (yield END, values):
        return False
    told = RevocationCause(cause.value)
    yield TELL, revocation_row(Revocation(Named.SESSION, str(session_id), told, at))
    return True
