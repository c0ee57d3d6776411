"""Puts around the adapters what operators want to see of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.ports.audit import AuditTrail
from infrastructure.database.batching import OnBatch, nobody
from infrastructure.database.database import Database
from infrastructure.telemetry.measuring import CountedAudit, counted_while_pending, timed
from infrastructure.telemetry.metrics import Instruments
from infrastructure.telemetry.watched import Around, Watched


@dataclass(frozen=True, slots=True)
class Watch:
    """Watches, or leaves everything as it is: then nothing is paid for it."""

    is_on: bool
    instruments: Instruments
    tracer: Any = None
    """OpenTelemetry's, where traces are wanted."""
    batched: set[str] = field(default_factory=set, init=False)
    """Operations whose batches are watched: those who share a statement are timed together."""

    def database(self, name: str, adapter: Any) -> Any:
        """A port to the database, its operations timed."""
        seconds = self.instruments.database_seconds
        return self._around(name, adapter, timed(seconds, but_for=self.batched))

    def passwords(self, adapter: Any) -> Any:
        """The port Passwords, timed, and its queue counted."""
        return self._around(
            "passwords",
            adapter,
            timed(self.instruments.password_seconds),
            counted_while_pending(self.instruments.passwords_pending),
        )

    def signer(self, signer: Any) -> Any:
        """The port AccessTokenSigner, with spans where traces are wanted."""
        if self.tracer is None:
            return signer
        from infrastructure.telemetry.traces import SpannedSigner

        return SpannedSigner(signer, self.tracer)

    def audit(self, audit: AuditTrail) -> AuditTrail:
        """The audit trail, its events counted."""
        return CountedAudit(audit, self.instruments) if self.is_on else audit

    def batches(self, operation: str) -> OnBatch:
        """What is to be told of every batch of that operation."""
        if not self.is_on:
            return nobody
        self.batched.add(operation)
        measure_size = self.instruments.batch_sizes.labels(operation).observe
        measure_seconds = self.instruments.database_seconds.labels(operation).observe

        def measure(size: int, seconds: Sequence[float]) -> None:
            measure_size(size)
            for each in seconds:
                measure_seconds(each)

        return measure

    def pool(self, database: Database, limit: int) -> Database:
        """The database, the connections counted that are taken from its pool."""
        if self.is_on:
            self.instruments.connections_limit.set(limit)
            in_use = self.instruments.connections_in_use
            database.on_pool_use(taken=in_use.inc, given_back=in_use.dec)
        return database

    def _around(self, name: str, adapter: Any, *measures: Around) -> Any:
        arounds = [*measures] if self.is_on else []
        if self.tracer is not None:
            from infrastructure.telemetry.traces import spanned

            arounds.append(spanned(self.tracer))
        return Watched(adapter, name, arounds) if arounds else adapter
