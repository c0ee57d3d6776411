"""Of several instances, one writes the line of a command's act."""

import asyncio
import json
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from domain.ports.audit_outbox import AuditRecord
from infrastructure.database.audit_outbox import SqlAuditOutbox
from infrastructure.database.database import Database
from testing.waiting import wait_until
from tests.support.servers.deployment import Deployment, deployed

pytestmark = pytest.mark.slow

MANY = 500


def add(url: str, count: int) -> None:
    async def add_all() -> None:
        database, now = Database(url), datetime.now(UTC)
        records = [
            AuditRecord(
                UUID(int=number),
                now + timedelta(microseconds=number),
                {"event": "userSet", "alert": False, "outcome": "success", "number": number},
            )
            for number in range(count)
        ]
        await SqlAuditOutbox(database).add(records)
        await database.dispose()

    asyncio.run(add_all())


def told(remint: Deployment) -> Counter[int]:
    lines = [json.loads(line) for line in remint.output.splitlines() if line[:1] == "{"]
    return Counter(line["number"] for line in lines if line["event"] == "userSet")


def test_of_several_instances_one_writes_the_line_of_each_event(
    migrated_postgres_url: str, tmp_path: Path
) -> None:
    with deployed(tmp_path, migrated_postgres_url, servers=3) as remint:
        add(remint.database_url, MANY)
        wait_until(lambda: len(told(remint)) == MANY, "every line", 30)
        time.sleep(2.5)
        assert set(told(remint).values()) == {1}
        counted = 0.0
        for url in remint.urls:
            metrics = httpx.get(f"{url}/metrics", trust_env=False).text
            for line in metrics.splitlines():
                if line.startswith('remint_audit_events_total{event="userSet"}'):
                    counted += float(line.split()[-1])
        assert counted == MANY
