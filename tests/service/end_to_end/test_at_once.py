"""What operators do to a user holds for log-ins and password changes that are in progress."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import httpx
import pytest
from argon2 import PasswordHasher

from application import UseCases
from config.wiring.container import Container
from config.wiring.service import Service
from tests.support.alice import PASSWORD, SECRET, USERNAME
from tests.support.fakes.builders import OPERATOR
from tests.support.fakes.log_capture import Captured
from tests.support.servers.in_process_server import InProcessServer, in_process_server, settings_in

pytestmark = [pytest.mark.proves("L10"), pytest.mark.anyio]

NEW = "another password"


class Verification:
    """Password verification that a test holds up, as a busy server would."""

    def __init__(self) -> None:
        self._begun, self._goes_on = Event(), Event()
        self._verify = PasswordHasher.verify
        self._goes_on.set()

    def __call__(self, hasher: PasswordHasher, stored: str, password: bytes) -> bool:
        self._begun.set()
        assert self._goes_on.wait(30)
        return self._verify(hasher, stored, password)

    @asynccontextmanager
    async def held_up(
        self, request: Awaitable[httpx.Response]
    ) -> AsyncIterator[asyncio.Future[httpx.Response]]:
        """Inside the context, the password of the request is being verified."""
        self._begun.clear()
        self._goes_on.clear()
        task = asyncio.ensure_future(request)
        assert await asyncio.to_thread(self._begun.wait, 30)
        yield task
        assert not task.done()
        self._goes_on.set()


@dataclass(frozen=True, slots=True)
class Installation:
    """A server, its verification of passwords, and an operator next to it."""

    server: InProcessServer
    verification: Verification
    operator: UseCases


@pytest.fixture
async def installation(
    tmp_path: Path, logged: Captured, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Installation]:
    verification = Verification()
    monkeypatch.setattr(PasswordHasher, "verify", lambda *given: verification(*given))
    settings = settings_in(tmp_path)
    operator = Container(settings=settings, secrets=(SECRET.encode(),))
    async with (
        in_process_server(settings, logged.set_up("warning")) as server,
        Service(operator).ready(),
    ):
        yield Installation(server, verification, operator.use_cases())


async def disable(can: UseCases) -> None:
    await can.operators.disable_user(USERNAME, by=OPERATOR)


async def delete(can: UseCases) -> None:
    await can.operators.delete_user(USERNAME, by=OPERATOR)


async def set_password(can: UseCases) -> None:
    await can.operators.set_password(USERNAME, NEW, by=OPERATOR)


async def give_the_name_away(can: UseCases) -> None:
    await delete(can)
    await can.operators.add_user(USERNAME, NEW, by=OPERATOR)


@pytest.mark.parametrize("act", [disable, delete, set_password, give_the_name_away])
async def test_a_log_in_in_progress_yields_nothing_once_the_command_has_returned(
    installation: Installation, act: Callable[[UseCases], Awaitable[None]]
) -> None:
    async with installation.verification.held_up(installation.server.log_in()) as log_in:
        await act(installation.operator)
    answer = await log_in
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalidCredentials")


async def test_a_password_change_in_progress_never_meets_the_next_user_of_the_name(
    installation: Installation,
) -> None:
    jwt = (await installation.server.log_in()).json()["jwtToken"]
    request = installation.server.client.post(
        "/api/v1/password",
        json={"oldPassword": PASSWORD, "newPassword": "the deleted user's choice"},
        headers={"Authorization": f"Bearer {jwt}"},
    )
    async with installation.verification.held_up(request) as change:
        await give_the_name_away(installation.operator)
    answer = await change
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalidAccessToken")
    assert (await installation.server.log_in(NEW)).status_code == 200
