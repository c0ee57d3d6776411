"""Writes the audit trail into the log stream, one marked line an event (checklist S2)."""

from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from domain.events import AuditEvent


class AuditLog:
    """The log context adds client address, user agent and request id where there is a request."""

    def __init__(self) -> None:
        self._log = structlog.get_logger("remint.audit")

    def __call__(self, event: AuditEvent) -> None:
        """One line: a warning if the event is an alarm, else information."""
        write = self._log.warning if event.alarm else self._log.info
        write(
            event.name,
            audit=True,
            alarm=event.alarm,
            outcome=event.outcome,
            **{name: _plain(value) for name, value in _content(event)},
        )


def _content(event: AuditEvent) -> list[tuple[str, Any]]:
    return [
        (field.name, value)
        for field in fields(event)
        if (value := getattr(event, field.name)) is not None
    ]


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
