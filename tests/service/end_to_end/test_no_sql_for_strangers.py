"""What a stranger makes up costs the database nothing."""

import base64
import json
import re
from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from logging import ERROR
from pathlib import Path
from typing import Any

import pytest

from infrastructure.telemetry.logs import LogStream
from tests.support.faults.statements import Asked, statements
from tests.support.servers.in_process_server import InProcessServer, in_process_server, settings_in

pytestmark = pytest.mark.anyio

KIDS: list[Any] = [
    "../../../../etc/passwd",
    "' OR '1'='1",
    "x'; DROP TABLE signing_keys; --",
    "k" * 10_000,
    "",
    7,
    None,
    ["a"],
    {"$ne": ""},
]


@pytest.fixture
def asked() -> Iterator[list[Asked]]:
    with statements() as asked:
        yield asked


@pytest.fixture
async def remint(tmp_path: Path) -> AsyncIterator[InProcessServer]:
    async with in_process_server(
        settings_in(tmp_path), LogStream(ERROR, True, BytesIO())
    ) as running:
        yield running


@pytest.fixture
async def tokens(remint: InProcessServer, asked: list[Asked]) -> dict[str, str]:
    """The connections that requests share open at this log-in, so they are recorded."""
    return dict((await remint.log_in()).json())


def about_sessions(asked: list[Asked]) -> list[str]:
    """What requests ask; periodic tasks ask about keys and audit events."""
    return [statement for statement, _ in asked if re.search(r"\b(sessions|users)\b", statement)]


@pytest.mark.proves("T2")
async def test_one_flipped_character_anywhere_is_401_without_a_statement(
    remint: InProcessServer, tokens: dict[str, str], asked: list[Asked]
) -> None:
    token = tokens["refreshToken"]
    asked.clear()
    assert (await remint.refresh(token)).status_code == 200
    assert len(about_sessions(asked)) == 1  # so the counter counts
    asked.clear()
    for place, character in enumerate(token):
        flipped = "A" if character != "A" else "B"
        answer = await remint.refresh(token[:place] + flipped + token[place + 1 :])
        assert answer.status_code == 401
        assert answer.json()["error"]["details"] == []
    assert about_sessions(asked) == []


async def sessions_seen_with(remint: InProcessServer, jwt: str) -> int:
    headers = {"Authorization": f"Bearer {jwt}"}
    return (await remint.client.get("/api/v1/sessions", headers=headers)).status_code


@pytest.mark.proves("J4")
async def test_a_kid_is_nothing_but_a_key_to_look_up_in_memory(
    remint: InProcessServer, tokens: dict[str, str], asked: list[Asked]
) -> None:
    header, payload, signature = tokens["jwtToken"].split(".")
    assert await sessions_seen_with(remint, tokens["jwtToken"]) == 200
    assert about_sessions(asked) != []  # so the counter counts
    asked.clear()
    for kid in KIDS:
        hostile = json.loads(base64.urlsafe_b64decode(header + "==")) | {"kid": kid}
        twisted = base64.urlsafe_b64encode(json.dumps(hostile).encode()).rstrip(b"=").decode()
        answer = await sessions_seen_with(remint, f"{twisted}.{payload}.{signature}")
        assert (kid, answer, about_sessions(asked)) == (kid, 401, [])
