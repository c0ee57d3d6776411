"""The memory of assertions and proofs of possession, each of which counts once."""

from datetime import datetime
from typing import Protocol


class UsedIds(Protocol):
    """Remembers ids for all instances. Raises from all: Unavailable."""

    async def use(self, party: str, unique: str, until: datetime) -> bool:
        """Remember an id of that party until then. True for exactly one of any number of callers.

        Args:
            party: the issuer, the client or the key that chose the id.
        """
        ...

    async def purge(self, over_before: datetime, at_most: int) -> int:
        """Forget up to `at_most` ids that were to be remembered until then; return how many."""
        ...
