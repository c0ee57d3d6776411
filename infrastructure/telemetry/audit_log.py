"""Writes the audit trail into the log stream, one marked line per event."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from domain.actors import Actor
from domain.events import AuditEvent

Fields = Mapping[str, Any]
"""The fields of an event's line, as JSON has them; `event` is the event's name."""


class AuditLog:
    """The log context adds client address, user agent and request id during a request."""

    def __init__(self) -> None:
        self._log = structlog.get_logger("remint.audit")

    def __call__(self, event: AuditEvent) -> None:
        """One line, made from the event."""
        self.write(fields_of(event))

    def write(self, line: Fields) -> None:
        """One line: a warning if the event is an alert, else information."""
        content = {name: value for name, value in line.items() if name != "event"}
        write = self._log.warning if line.get("alert") else self._log.info
        write(line["event"], **{"audit": True, **content})


def fields_of(event: AuditEvent) -> Fields:
    """The fields of the event's line."""
    return {
        "event": event.name,
        "alert": event.alert,
        "outcome": event.outcome,
        **{name: _plain(value) for name, value in _content(event)},
    }


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
