"""The revocations that services follow."""

from datetime import datetime, timedelta
from typing import Protocol

from domain.revocations import Published


class Revocations(Protocol):
    """One row for each revocation, written together with what it tells of. Raises: Unavailable."""

    async def after(self, cursor: str | None, wait: timedelta) -> Published:
        """The revocations that were stored after a cursor, by whichever instance.

        Args:
            cursor: of an earlier answer of any instance; None for all revocations that are kept.
                A cursor that the store does not know, such as one from before a restore, counts
                as None.
            wait: how long to wait for a revocation if there is none yet.

        A revocation can be published twice. None is left out, whatever is being written.
        """
        ...

    async def purge(self, changed_before: datetime, at_most: int) -> int:
        """Forget up to `at_most` revocations of changes before that time; how many."""
        ...
