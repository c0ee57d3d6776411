"""Who writes the audit trail."""

from typing import Protocol

from domain.events import AuditEvent


class AuditTrail(Protocol):
    """Takes events; the adapter adds client address, user agent and request id (checklist S2)."""

    def __call__(self, event: AuditEvent) -> None:
        """Write the event. Never fails the act that it reports."""
        ...
