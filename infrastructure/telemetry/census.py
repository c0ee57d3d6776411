"""Measures what only the database knows: live sessions, and the age of the signing key."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from domain.errors import Unavailable
from domain.ports.environment import Clock
from domain.ports.session_register import SessionRegister
from domain.ports.signing_keys import SigningKeys
from domain.signing_keys import signing_at
from infrastructure.telemetry.metrics import Instruments


@dataclass(frozen=True, slots=True)
class Census:
    """A periodic task; rare, because a count reads many rows."""

    session_register: SessionRegister
    signing_keys: SigningKeys
    clock: Clock
    instruments: Instruments
    rotate_after: timedelta

    async def __call__(self) -> None:
        """Set the gauges. If the database cannot answer, leave them as they are and do not fail:

        a failed task is repeated within a second, and the database can be too busy just because
        the sessions are too many to count in time.
        """
        with suppress(Unavailable):
            await self._measure_keys()
            alive = await self.session_register.count_alive(self.clock())
            self.instruments.sessions_alive.set(alive)

    async def _measure_keys(self) -> None:
        key = signing_at(await self.signing_keys.all(), self.clock())
        if key is not None:
            self.instruments.signing_since.set(key.signs_from.timestamp())
        self.instruments.rotate_after.set(self.rotate_after.total_seconds())
