"""Feeds the instruments from what happens at the ports."""

from collections.abc import Container
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter
from typing import Any

from prometheus_client import Gauge, Histogram

from domain.errors import Unavailable
from domain.events import AuditEvent, LoggedIn, LoginFailed
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.session_register import SessionRegister
from domain.ports.signing_keys import SigningKeys
from domain.signing_keys import signing_at
from infrastructure.telemetry.metrics import NO_CAUSE, Instruments
from infrastructure.telemetry.watched import Around, Operation


def timed(seconds: Histogram, *, but_for: Container[str] = ()) -> Around:
    """Measures how long an operation takes, but for those that are measured elsewhere."""

    def around(name: str, operation: Operation) -> Operation:
        if name in but_for:
            return operation
        observe = seconds.labels(name).observe

        async def call(*arguments: Any, **named: Any) -> Any:
            started = perf_counter()
            try:
                return await operation(*arguments, **named)
            finally:
                observe(perf_counter() - started)

        return call

    return around


def counted_while_pending(pending: Gauge) -> Around:
    """Counts the calls that are under way."""

    def around(_: str, operation: Operation) -> Operation:
        async def call(*arguments: Any, **named: Any) -> Any:
            pending.inc()
            try:
                return await operation(*arguments, **named)
            finally:
                pending.dec()

        return call

    return around


@dataclass(frozen=True, slots=True)
class CountedAudit:
    """The port AuditTrail: counts what goes into another one."""

    audit: AuditTrail
    instruments: Instruments

    def __call__(self, event: AuditEvent) -> None:
        self.audit(event)
        self.instruments.audit_events.labels(event.name).inc()
        match event:
            case LoggedIn():
                self.instruments.logins.labels(event.outcome, NO_CAUSE).inc()
            case LoginFailed(cause=cause):
                self.instruments.logins.labels(event.outcome, cause.value).inc()


@dataclass(frozen=True, slots=True)
class Census:
    """Counts what only the database knows; now and then, for it reads much."""

    session_register: SessionRegister
    signing_keys: SigningKeys
    clock: Clock
    instruments: Instruments
    rotate_after: timedelta

    async def __call__(self) -> None:
        """Leave the gauges as they are if the database cannot answer: others report that.

        It may just have too many sessions to count them in time, so nobody should ask again soon.
        """
        with suppress(Unavailable):
            await self._look_at_keys()
            alive = await self.session_register.count_alive(self.clock())
            self.instruments.sessions_alive.set(alive)

    async def _look_at_keys(self) -> None:
        key = signing_at(await self.signing_keys.all(), self.clock())
        if key is not None:
            self.instruments.signing_since.set(key.signs_from.timestamp())
        self.instruments.rotate_after.set(self.rotate_after.total_seconds())
