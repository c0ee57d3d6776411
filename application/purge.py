"""Purge sessions, throttle windows, revocations and ids of assertions that are long over."""

from dataclasses import dataclass
from datetime import timedelta

from domain.ports.environment import Clock
from domain.ports.login_throttle import LoginThrottle
from domain.ports.revocations import Revocations
from domain.ports.session_register import SessionRegister
from domain.ports.used_ids import UsedIds


@dataclass(frozen=True, slots=True)
class Purge:
    """Forget sessions some time after their absolute expiry, throttle windows that are over,
    revocations of JWTs that have all expired, and the ids of assertions that have expired.

    Until its purge the row of an ended session gives a replayed token the true cause.
    """

    session_register: SessionRegister
    login_throttle: LoginThrottle
    revocations: Revocations
    used_ids: UsedIds
    retention: timedelta
    revocations_kept: timedelta
    clock: Clock
    batch_size: int

    async def __call__(self) -> int:
        """Purge, and return how many sessions were purged.

        Each batch of `batch_size` rows is atomic by itself: no other statement waits long, and
        several instances can purge at once.
        """
        now = self.clock()
        while await self.login_throttle.purge(now, self.batch_size) == self.batch_size:
            pass
        while await self.used_ids.purge(now, self.batch_size) == self.batch_size:
            pass
        changed_before = now - self.revocations_kept
        while await self.revocations.purge(changed_before, self.batch_size) == self.batch_size:
            pass
        total, purged = 0, self.batch_size
        while purged == self.batch_size:
            purged = await self.session_register.purge(now - self.retention, self.batch_size)
            total += purged
        return total
