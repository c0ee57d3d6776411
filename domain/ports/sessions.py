"""Where sessions live."""

from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from domain.causes import EndCause
from domain.sessions import OwnedSession, Session, SessionLimit


class Sessions(Protocol):
    """One row a session. Every operation is atomic by itself and durable when it returns.

    Raises from all: Unavailable, when the database cannot answer now.
    """

    async def open(self, session: Session, limit: SessionLimit) -> list[UUID]:
        """Store a new session and answer the ids of those that it replaced, oldest first.

        Only the user's live sessions count; the oldest is the one with the lowest id.

        Raises:
            TooManySessions: at the limit, where the limit says to refuse; nothing was stored.
        """
        ...

    async def find(self, session_id: UUID) -> OwnedSession | None:
        """The session with its user as both stand now, read in one statement."""
        ...

    async def advance(self, session: Session, successor: Session) -> bool:
        """Replace `session` by `successor`, if nothing happened to it or its user in between.

        True for exactly one of any number of callers that saw the same session: generation and
        parent are unchanged, it has not ended, its user is enabled and the credentials epoch is
        still the session's (checklist L7, L10).
        """
        ...

    async def touch(self, session: Session, at: datetime) -> None:
        """Move `last_used_at` on, unless somebody else did since `session` was read."""
        ...

    async def end(self, session_id: UUID, cause: EndCause, at: datetime) -> bool:
        """End the session for good. True for exactly one caller, False if there is none to end."""
        ...


class SessionRegister(Protocol):
    """The overview of many sessions. Raises from all: Unavailable."""

    async def page(
        self,
        user_id: UUID | None,
        *,
        live_at: datetime,
        idle: timedelta,
        after: UUID | None,
        size: int,
    ) -> list[OwnedSession]:
        """Up to `size` live sessions, of one user or of all, by id, those behind `after`."""
        ...

    async def purge(self, expired_before: datetime, at_most: int) -> int:
        """Forget up to `at_most` sessions past their absolute expiry; answer how many (L14)."""
        ...

    async def count_alive(self, at: datetime) -> int:
        """About how many sessions are neither ended nor expired; may be an estimate."""
        ...
