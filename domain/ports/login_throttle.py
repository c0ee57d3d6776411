"""The store of failed log-ins, shared by all instances."""

from datetime import datetime, timedelta
from typing import Protocol

from domain.login_throttle import LoginAttempts


class LoginThrottle(Protocol):
    """Survives restarts and counts across instances. Raises from all: Unavailable."""

    async def count(self, key: str, at: datetime, window: timedelta) -> LoginAttempts:
        """Count one more attempt under `key`; a new window begins when the last is over.

        Atomic: of n parallel callers each sees another count.
        """
        ...

    async def discount(self, key: str) -> None:
        """Take one attempt back, because it did not fail."""
        ...

    async def forget(self, key: str) -> None:
        """Take back all attempts under `key`."""
        ...

    async def purge(self, over_before: datetime, at_most: int) -> int:
        """Drop up to `at_most` windows that were over by then; return how many."""
        ...
