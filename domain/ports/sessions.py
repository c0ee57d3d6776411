"""The store of sessions, one session at a time."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.causes import EndCause
from domain.sessions import OwnedSession, Session, SessionLimit


class Sessions(Protocol):
    """One row for each session. Every operation is atomic and durable when it returns.

    Raises from all: Unavailable, when the database cannot answer now.
    """

    async def open(self, session: Session, limit: SessionLimit) -> list[UUID] | None:
        """Store a new session and end the user's sessions that `limit.excess` names, each with a
        revocation.

        Returns:
            The ids of the sessions that ended, oldest first. None if no user with the session's
            user id is enabled and in the session's credentials epoch; nothing was stored.

        Raises:
            TooManySessions: there is an excess, and the limit says to refuse; nothing was stored.
        """
        ...

    async def find(self, session_id: UUID) -> OwnedSession | None:
        """The session with its owner, both read in one statement."""
        ...

    async def advance(self, session: Session, successor: Session) -> bool:
        """Replace `session` by `successor`, if neither it nor its owner changed in between.

        True for exactly one of any number of callers that read the same session: generation and
        parent are unchanged, the session has not ended, its owner is enabled, and the owner's
        credentials epoch still is the session's.
        """
        ...

    async def touch(self, session: Session, at: datetime) -> None:
        """Move `last_used_at` on, unless another caller moved it after `session` was read."""
        ...

    async def end(self, session_id: UUID, cause: EndCause, at: datetime) -> bool:
        """End the session for good, with a revocation of its JWTs.

        True for exactly one caller, False if there is none to end.
        """
        ...
