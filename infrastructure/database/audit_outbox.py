"""Audit events that wait for a server."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select

from domain.ports.audit_outbox import AuditRecord
from infrastructure.database.database import AnyRow, Database
from infrastructure.database.tables import audit_events

ADD = insert(audit_events)
OLDEST = select(audit_events.c.at).order_by(audit_events.c.id).limit(1)
# Servers that take records at the same time take different ones; on SQLite they wait.
TAKE = (
    delete(audit_events)
    .where(
        audit_events.c.id.in_(
            select(audit_events.c.id)
            .order_by(audit_events.c.id)
            .limit(bindparam("at_most"))
            .with_for_update(skip_locked=True)
        )
    )
    .returning(audit_events.c.id, audit_events.c.at, audit_events.c.event)
)


class SqlAuditOutbox:
    """The port AuditOutbox, in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, records: Sequence[AuditRecord]) -> None:
        """One INSERT of all."""
        if not records:
            return
        rows = [
            {"id": record.id, "at": record.at, "event": json.dumps(dict(record.fields))}
            for record in records
        ]
        async with self._database.transaction("audit_outbox.add") as connection:
            await connection.execute(ADD, rows)

    async def hand_over(self, to: Callable[[Sequence[AuditRecord]], bool], at_most: int) -> int:
        """One DELETE, committed after `to` has the records; before it, one SELECT of one row."""
        if await self.waiting_since() is None:
            return 0
        async with self._database.transaction("audit_outbox.hand_over") as connection:
            rows = (await connection.execute(TAKE, {"at_most": at_most})).all()
            records = sorted(map(_record, rows), key=lambda record: record.id)
            if records and not to(records):
                await connection.rollback()
                return 0
        return len(records)

    async def waiting_since(self) -> datetime | None:
        """One SELECT along the primary key."""
        row = await self._database.row(OLDEST, operation="audit_outbox.waiting_since")
        return None if row is None else row.at


def _record(row: AnyRow) -> AuditRecord:
    return AuditRecord(row.id, row.at, json.loads(row.event))
