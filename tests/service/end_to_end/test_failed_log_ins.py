"""Every failed log-in looks alike to a stranger: in what it says, and in how long it takes."""

import time
from collections import defaultdict
from collections.abc import AsyncIterator
from io import BytesIO
from logging import ERROR
from pathlib import Path
from statistics import median

import httpx
import pytest

from config.settings.sections import Settings, ThrottleSettings
from config.wiring.container import Container
from config.wiring.service import Service
from infrastructure.telemetry.logs import LogStream
from tests.support.alice import PASSWORD, SECRET, USERNAME
from tests.support.fakes.builders import OPERATOR
from tests.support.servers.in_process_server import InProcessServer, in_process_server, settings_in

pytestmark = pytest.mark.anyio

ROUNDS = 11
BORNE = 4 * ROUNDS
FAILURES = {
    "unknown user": ("nobody", PASSWORD),
    "no possible user": ("\t", PASSWORD),
    "wrong password": (USERNAME, "wrong"),
    "empty password": (USERNAME, ""),
    "over-long password": (USERNAME, "x" * 5000),
    "disabled": ("disabled", PASSWORD),
    "throttled": ("throttled", PASSWORD),
}


async def add_others(settings: Settings) -> None:
    container = Container(settings=settings, secrets=(SECRET.encode(),))
    async with Service(container).ready():
        can = container.use_cases()
        for name in ("disabled", "throttled"):
            await can.operators.add_user(name, PASSWORD, by=OPERATOR)
        await can.operators.disable_user("disabled", by=OPERATOR)


@pytest.fixture
async def remint(tmp_path: Path) -> AsyncIterator[InProcessServer]:
    borne = ThrottleSettings(per_account=BORNE, per_source=10_000)
    settings = settings_in(tmp_path, throttle=borne)
    async with in_process_server(settings, LogStream(ERROR, True, BytesIO())) as running:
        await add_others(settings)
        for _ in range(BORNE):
            await log_in(running, "throttled", "wrong")
        yield running


async def log_in(remint: InProcessServer, name: str, password: str) -> httpx.Response:
    body = {"username": name, "password": password}
    return await remint.client.post("/api/v1/authenticate", json=body)


def shown(answer: httpx.Response) -> tuple[int, bytes, list[tuple[str, str]]]:
    """All of an answer but its request's own id."""
    headers = [one for one in answer.headers.multi_items() if one[0] != "x-request-id"]
    return answer.status_code, answer.content, headers


@pytest.mark.proves("G1", "G2")
async def test_all_failures_have_one_answer_and_take_one_time(remint: InProcessServer) -> None:
    """A failure without a verification would be ten times as quick."""
    answers, times = list[httpx.Response](), defaultdict[str, list[float]](list)
    for _ in range(ROUNDS):  # in turns, so that a busy machine is busy for all of them
        for kind, (name, password) in FAILURES.items():
            began = time.perf_counter()
            answers.append(await log_in(remint, name, password))
            times[kind].append(time.perf_counter() - began)
    assert {answer.status_code for answer in answers} == {401}
    assert [shown(answer) for answer in answers] == [shown(answers[0])] * len(answers)
    medians = {kind: median(taken) for kind, taken in times.items()}
    assert max(medians.values()) < 2 * min(medians.values()), medians
    assert (await remint.log_in()).status_code == 200  # so it was the password that mattered
