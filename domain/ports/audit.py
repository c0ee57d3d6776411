"""The audit trail."""

from typing import Protocol

from domain.events import AuditEvent


class AuditTrail(Protocol):
    """Takes events; the adapter adds client address, user agent and request id."""

    def __call__(self, event: AuditEvent) -> None:
        """Write the event. Never raises, so that the reported act succeeds."""
        ...
