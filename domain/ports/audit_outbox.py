"""The store of audit events that wait for a server, which passes them on to the audit trail."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """An audit event at rest.

    Attributes:
        id: sorts by the time at which the event was reported.
        at: the time of the event.
        fields: the fields of the event's line in the audit trail, as JSON has them; `event` is the
            event's name. A newer version can have written fields and names that this one lacks.
    """

    id: UUID
    at: datetime
    fields: Mapping[str, Any]


class AuditOutbox(Protocol):
    """Keeps events of processes without an audit trail. Raises from all: Unavailable."""

    async def add(self, records: Sequence[AuditRecord]) -> None:
        """Store all of these records, or none."""
        ...

    async def hand_over(self, to: Callable[[Sequence[AuditRecord]], bool], at_most: int) -> int:
        """Hand up to `at_most` records to `to`, the oldest first, and forget them afterwards.

        The records stay if `to` returns False or raises. Of several callers at once, each is handed
        other records. `to` is not called if no record waits.

        Returns:
            How many records were handed over for good.
        """
        ...

    async def waiting_since(self) -> datetime | None:
        """The time of the oldest event that waits; None if none waits."""
        ...
