"""The running server purges, makes checkpoints and keeps its keys, all by itself."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from config.wiring import service
from config.wiring.container import Container
from config.wiring.service import Service
from tests.support.alice import SECRET
from tests.support.fakes.builders import DAY, LIFETIME, NOON, OPERATOR, a_session, a_user
from tests.support.fakes.log_capture import Captured
from tests.support.fakes.storing import store_sessions
from tests.support.servers.in_process_server import in_process_server, settings_in

pytestmark = pytest.mark.anyio

AT_ONCE = timedelta(milliseconds=50)


@pytest.fixture
def container(tmp_path: Path) -> Container:
    return Container(settings=settings_in(tmp_path), secrets=(SECRET.encode(),))


async def test_sessions_and_throttle_windows_that_are_long_over_are_purged(
    container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "PURGE_EVERY", AT_ONCE)
    async with Service(container).running():
        old = a_session(opened_at=NOON - LIFETIME - 30 * DAY)
        await store_sessions(container.users(), container.sessions(), old)
        await container.login_throttle().count("account:someone", NOON - 30 * DAY, DAY)

        async def nothing_is_left() -> bool:
            left = await container.database().row(text("SELECT count(*) FROM login_attempts"))
            return left == (0,) and await container.sessions().find(old.id) is None

        await soon(nothing_is_left)


async def test_the_write_ahead_log_moves_into_the_file(
    container: Container, tmp_path: Path
) -> None:
    async with Service(container).running():
        user = a_user()
        await container.users().add(user)

        async def is_in_the_file() -> bool:
            return user.id.bytes in (tmp_path / "remint.db").read_bytes()

        await soon(is_in_the_file)


async def soon(happens: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(500):
        if await happens():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("The server did not do it by itself.")


def kid_of(jwt: str) -> str:
    return str(json.loads(base64.urlsafe_b64decode(jwt.split(".")[0] + "=="))["kid"])


@pytest.mark.proves("K4")
async def test_a_removed_key_neither_signs_nor_verifies_a_moment_later(
    tmp_path: Path, logged: Captured
) -> None:
    """Whatever `keys.reload` says, which is about new keys."""
    settings = settings_in(tmp_path)
    operator = Container(settings=settings, secrets=(SECRET.encode(),))
    async with in_process_server(settings, logged.set_up("warning")) as server:
        login = (await server.log_in()).json()
        leaked = kid_of(login["jwtToken"])
        async with Service(operator).ready():
            await operator.use_cases().operators.remove_signing_key(leaked, by=OPERATOR)
        await asyncio.sleep(service.KEY_RING_EVERY.total_seconds() * 1.2 + 0.2)
        refreshed = (await server.refresh(login["refreshToken"])).json()
        bearer = {"Authorization": f"Bearer {login['jwtToken']}"}
        own = await server.client.get("/api/v1/sessions", headers=bearer)
        published = (await server.client.get("/.well-known/jwks.json")).json()["keys"]
    assert kid_of(refreshed["jwtToken"]) != leaked
    assert own.status_code == 401
    assert [key["kid"] for key in published] == [kid_of(refreshed["jwtToken"])]
