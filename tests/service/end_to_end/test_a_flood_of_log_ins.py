"""Two hundred log-ins at once: the rest of the service does not notice."""

import asyncio
import time
from statistics import median

import httpx
import psutil
import pytest

from tests.service.conftest import Deploy
from tests.support.alice import PASSWORD
from tests.support.faults.refreshing import open_client
from tests.support.servers.deployment import Deployment

pytestmark = [pytest.mark.proves("G4"), pytest.mark.anyio, pytest.mark.slow]

LOG_INS = 200
AT_WORK, WAITING = 2, 30
MEMORY = 19456 * 1024
SLACK = 100 * 1024 * 1024
"""Bytes for all else that 200 connections need; 200 hashes at once would need 40 times as much."""


@pytest.fixture
def remint(deploy: Deploy) -> Deployment:
    return deploy(
        REMINT_PASSWORDS_CONCURRENCY=str(AT_WORK),
        REMINT_PASSWORDS_WAITING=str(WAITING),
        REMINT_THROTTLE_PER_ACCOUNT="1000",
        REMINT_THROTTLE_PER_SOURCE="1000",
    )


async def seconds_to_live(client: httpx.AsyncClient, remint: Deployment) -> float:
    began = time.perf_counter()
    assert (await client.get(f"{remint.server.url}/health/live")).status_code == 200
    return time.perf_counter() - began


async def test_liveness_stays_quick_memory_bounded_and_overflow_is_told_to_come_again(
    remint: Deployment,
) -> None:
    server = psutil.Process(remint.server.pid)
    body = {"username": "alice", "password": PASSWORD}
    async with open_client(connections=LOG_INS) as client, open_client(connections=1) as probing:
        idle = [await seconds_to_live(probing, remint) for _ in range(30)]
        memory = [server.memory_info().rss]
        url = f"{remint.server.url}/api/v1/authenticate"
        flood = asyncio.gather(*(client.post(url, json=body) for _ in range(LOG_INS)))
        busy = list[float]()
        while not flood.done():
            busy.append(await seconds_to_live(probing, remint))
            memory.append(server.memory_info().rss)
        answers = await flood
    refused = [answer for answer in answers if answer.status_code == 503]
    assert {answer.status_code for answer in answers} == {200, 503}
    assert len(answers) - len(refused) >= AT_WORK + WAITING
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in refused)
    assert median(busy) < 0.1 + 10 * median(idle)
    assert max(memory) - memory[0] < AT_WORK * MEMORY + SLACK
