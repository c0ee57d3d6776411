"""A session is one row for life: which statements its refreshes send."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from io import BytesIO
from logging import ERROR
from pathlib import Path

import pytest

from config.settings.sections import SessionSettings
from infrastructure.telemetry.logs import LogStream
from tests.support.faults.statements import Asked, statements
from tests.support.servers.in_process_server import InProcessServer, in_process_server, settings_in

pytestmark = pytest.mark.anyio


@pytest.fixture
def asked() -> Iterator[list[Asked]]:
    with statements() as asked:
        yield asked


@pytest.fixture
async def remint(tmp_path: Path) -> AsyncIterator[InProcessServer]:
    settings = settings_in(tmp_path, sessions=SessionSettings(coalesce=timedelta()))
    async with in_process_server(settings, LogStream(ERROR, True, BytesIO())) as running:
        yield running


def verbs(asked: list[Asked]) -> list[str]:
    """The first word of each statement that reads or changes rows."""
    words = [statement.split(maxsplit=1)[0].upper() for statement, _ in asked]
    return [word for word in words if word in {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}]


async def test_a_rotation_reads_once_and_updates_once(
    remint: InProcessServer, asked: list[Asked]
) -> None:
    log_in = await remint.log_in(renewal="rotating")
    token = log_in.json()["refreshToken"]
    for _ in range(3):
        asked.clear()
        answer = await remint.refresh(token)
        assert answer.status_code == 200
        assert answer.json()["refreshToken"] != token
        token = answer.json()["refreshToken"]
        assert verbs(asked) == ["SELECT", "UPDATE"]


async def test_a_refresh_of_a_reusable_session_writes_nothing(
    remint: InProcessServer, asked: list[Asked]
) -> None:
    token = (await remint.log_in()).json()["refreshToken"]
    asked.clear()
    assert (await remint.refresh(token)).status_code == 200
    assert verbs(asked) == ["SELECT"]
