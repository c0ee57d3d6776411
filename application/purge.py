"""Purge what nobody can use any more."""

from dataclasses import dataclass
from datetime import timedelta

from domain.ports.environment import Clock
from domain.ports.login_throttle import LoginThrottle
from domain.ports.sessions import SessionRegister


@dataclass(frozen=True, slots=True)
class Purge:
    """Forget sessions some time after their absolute expiry, and throttle windows that are over.

    Until then an ended session's row answers a replayed token with the true cause (checklist L14).
    """

    session_register: SessionRegister
    login_throttle: LoginThrottle
    retention: timedelta
    clock: Clock
    batch_size: int

    async def __call__(self) -> int:
        """How many sessions were purged.

        In batches of `batch_size` rows, each atomic by itself, so that no other statement waits
        long and several instances may purge at once.
        """
        now = self.clock()
        while await self.login_throttle.purge(now, self.batch_size) == self.batch_size:
            pass
        total, purged = 0, self.batch_size
        while purged == self.batch_size:
            purged = await self.session_register.purge(now - self.retention, self.batch_size)
            total += purged
        return total
