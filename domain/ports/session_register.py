"""The overview of all stored sessions."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.sessions import LiveAt, OwnedSession


class SessionRegister(Protocol):
    """Lists, counts and purges sessions. Raises from all: Unavailable."""

    async def page(
        self, user_id: UUID | None, live: LiveAt | None, *, after: UUID | None, size: int
    ) -> list[OwnedSession]:
        """Up to `size` sessions of one user or of all users, by id, from `after` on.

        With `live` only those that are live, otherwise also those that are over and not purged.

        The session `after` itself is not among them.
        """
        ...

    async def purge(self, expired_before: datetime, at_most: int) -> int:
        """Forget up to `at_most` sessions past their absolute expiry. Returns how many."""
        ...

    async def count_alive(self, at: datetime) -> int:
        """About how many sessions are neither ended nor expired; an estimate where many are."""
        ...
