"""Purge what nobody can use any more."""

from dataclasses import dataclass
from datetime import timedelta

from domain.ports.environment import Clock
from domain.ports.sessions import SessionRegister
from domain.ports.throttle import LoginThrottle


@dataclass(frozen=True, slots=True)
class Purge:
    """Forget sessions some time after their absolute expiry, and throttle windows that are over.

    Until then an ended session's row answers a replayed token with the true cause (checklist L14).
    """

    register: SessionRegister
    throttle: LoginThrottle
    retention: timedelta
    clock: Clock
    batch: int = 1000

    async def __call__(self) -> int:
        """How many sessions were purged.

        In batches of `batch` rows, each atomic by itself, so that no other statement waits long
        and several instances may purge at once.
        """
        now = self.clock()
        while await self.throttle.purge(now, self.batch) == self.batch:
            pass
        total, purged = 0, self.batch
        while purged == self.batch:
            purged = await self.register.purge(now - self.retention, self.batch)
            total += purged
        return total
