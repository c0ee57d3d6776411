"""Failed log-ins are counted where restarts and forged headers do not reach."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from io import BytesIO
from logging import ERROR
from pathlib import Path

import httpx
import pytest

from config.settings.sections import ServerSettings, ThrottleSettings
from infrastructure.telemetry.logs import LogStream
from tests.service.conftest import Deploy
from tests.support.alice import PASSWORD, USERNAME
from tests.support.servers.in_process_server import InProcessServer, in_process_server, settings_in

LOGIN = "/api/v1/authenticate"
BORNE = 3

Start = Callable[..., AbstractAsyncContextManager[InProcessServer]]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    @asynccontextmanager
    async def start_one(trusted_proxies: tuple[str, ...] = ()) -> AsyncIterator[InProcessServer]:
        settings = settings_in(
            tmp_path,
            server=ServerSettings(trusted_proxies=trusted_proxies),
            throttle=ThrottleSettings(per_account=BORNE, per_source=BORNE),
        )
        async with in_process_server(settings, LogStream(ERROR, True, BytesIO())) as running:
            yield running

    return start_one


async def log_in_from(
    remint: InProcessServer, address: str, name: str = "alice", password: str = PASSWORD
) -> httpx.Response:
    body = {"username": name, "password": password}
    return await remint.client.post(LOGIN, json=body, headers={"X-Forwarded-For": address})


@pytest.mark.proves("H12")
@pytest.mark.anyio
async def test_a_proxys_clients_are_throttled_one_by_one(start: Start) -> None:
    async with start(trusted_proxies=("127.0.0.0/8",)) as remint:
        for number in range(BORNE):
            guess = await log_in_from(remint, "203.0.113.7", f"user{number}", "wrong")
            assert guess.status_code == 401
        throttled = await log_in_from(remint, "203.0.113.7")
        assert throttled.status_code == 429
        assert 0 < int(throttled.headers["Retry-After"]) <= 15 * 60
        assert (await log_in_from(remint, "203.0.113.8")).status_code == 200


@pytest.mark.proves("H12")
@pytest.mark.anyio
async def test_no_stranger_dodges_the_throttle_by_claiming_other_addresses(
    start: Start,
) -> None:
    async with start() as remint:
        for number in range(BORNE):
            await log_in_from(remint, f"203.0.113.{number}", f"user{number}", "wrong")
        assert (await log_in_from(remint, "203.0.113.99")).status_code == 429


@pytest.mark.proves("G6", "G7")
def test_a_restart_forgets_no_failed_log_in_and_no_session_suffers(deploy: Deploy) -> None:
    remint = deploy(REMINT_THROTTLE_PER_ACCOUNT=str(BORNE))
    token = remint.log_in()["refreshToken"]
    for _ in range(BORNE):
        remint.client.post(LOGIN, json={"username": "alice", "password": "wrong"})
    remint.server.terminate(30)
    remint.restart(0).wait_until_ready()
    right = remint.client.post(LOGIN, json={"username": USERNAME, "password": PASSWORD})
    assert right.status_code == 401
    assert remint.refresh(token).status_code == 200
