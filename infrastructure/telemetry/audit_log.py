"""Writes the audit trail into the log stream, one marked line per event."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from domain.actors import Actor
from domain.events import AuditEvent


class AuditLog:
    """The log context adds client address, user agent and request id during a request."""

    def __init__(self) -> None:
        self._log = structlog.get_logger("remint.audit")

    def __call__(self, event: AuditEvent) -> None:
        """One line: a warning if the event is an alert, else information."""
        write = self._log.warning if event.alert else self._log.info
        write(
            event.name,
            audit=True,
            alert=event.alert,
            outcome=event.outcome,
            **{name: _plain(value) for name, value in _content(event)},
        )


def _content(event: AuditEvent) -> Iterator[tuple[str, Any]]:
    for field in fields(event):
        value = getattr(event, field.name)
        if isinstance(value, Actor):
            yield from _actor(value)
        elif value is not None:
            yield field.name, value


def _actor(actor: Actor) -> Iterator[tuple[str, str]]:
    yield "actor", actor.kind
    if actor.name:
        yield "actor_name", actor.name


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
