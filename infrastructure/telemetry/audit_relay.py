"""Takes the audit events of commands to the audit trail of a server, by way of the database."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from domain.events import AuditEvent
from domain.identifiers import timed_id
from domain.ports.audit_outbox import AuditOutbox, AuditRecord
from domain.ports.environment import Clock, Entropy
from infrastructure.telemetry.audit_log import fields_of
from infrastructure.telemetry.observed_ports import CountedAudit

BATCH = 100
"""Records that are passed on in one transaction: their lines fit into the log stream's memory."""


@dataclass(slots=True)
class AuditOfCommand:
    """The port AuditTrail for a process that has none: keeps events until they are stored."""

    clock: Clock
    entropy: Entropy
    _reported: list[AuditEvent] = field(default_factory=list)

    def __call__(self, event: AuditEvent) -> None:
        self._reported.append(event)

    async def store(self, outbox: AuditOutbox) -> None:
        """Store what was reported since the last time, in its order.

        Raises:
            Unavailable: the database cannot answer now.
        """
        reported, self._reported = self._reported, []
        ids = sorted(timed_id(self.clock(), self.entropy) for _ in reported)
        await outbox.add(
            [
                AuditRecord(record_id, event.at, fields_of(event))
                for record_id, event in zip(ids, reported, strict=True)
            ]
        )


@dataclass(slots=True)
class AuditRelay:
    """A periodic task: passes on what waits in the outbox, as if this server had done it.

    A record is forgotten after its line has left the process. So each is passed on at least once,
    and a second time only if the server dies between the two, or another server takes over.
    """

    outbox: AuditOutbox
    audit: CountedAudit
    is_log_written: Callable[[], bool]
    """Whether all lines of the log stream have left the process."""
    _passed_on: set[UUID] = field(default_factory=set)
    """Records whose lines are written, and which perhaps are not forgotten yet."""

    async def __call__(self) -> None:
        """Pass on all that waits, or nothing while the log stream's reader is too slow.

        Raises:
            Unavailable: the database cannot answer now.
        """
        while await self.outbox.hand_over(self._pass_on, BATCH) == BATCH:
            pass

    def _pass_on(self, records: Sequence[AuditRecord]) -> bool:
        if not self.is_log_written():
            return False
        for record in records:
            if record.id not in self._passed_on:
                self.audit.write(record.fields)
        self._passed_on = {record.id for record in records}
        return self.is_log_written()
