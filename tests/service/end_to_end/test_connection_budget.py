"""A server with few files to open: what clients meet beyond its connections, and what it says."""

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import httpx
import pytest

from testing.processes import Process
from testing.waiting import free_port
from tests.support.alice import PASSWORD, SECRET, USERNAME
from tests.support.servers.command import REMINT, environment, run_remint

pytestmark = pytest.mark.anyio

FILES = 160
CLIENTS = 300
GET = b"GET /health/live HTTP/1.1\r\nHost: remint.test\r\n\r\n"

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Served(Process):
    """A server that can open few files."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        env = {"REMINT_SECRET": SECRET}
        run_remint(folder, env, "users", "add", USERNAME, "--password-stdin", typed=PASSWORD)
        shell = ("sh", "-c", f'ulimit -n {FILES}; exec "$@"', "sh")
        command = [*shell, *REMINT, "serve", "--host", "127.0.0.1", "--port", str(self.port)]
        super().__init__(command, logs=folder, env=environment(env), cwd=folder)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def figure(self, name: str) -> float:
        metrics = httpx.get(f"{self.url}/metrics").text
        [value] = re.findall(rf"^{re.escape(name)} (.+)$", metrics, re.MULTILINE)
        return float(value)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    with Served(tmp_path) as server:
        server.wait_for_ok(f"{server.url}/health/ready", 60)
        yield server


async def connected(server: Served, stack: AsyncExitStack) -> Stream:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    stack.callback(writer.close)
    return reader, writer


async def answer_of(stream: Stream) -> tuple[int, dict[str, str], bytes]:
    head = await asyncio.wait_for(stream[0].readuntil(b"\r\n\r\n"), 30)
    start, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines if line)
    body = await stream[0].readexactly(int(headers["content-length"]))
    return int(start.split()[1]), headers, body


def told(server: Served, event: str) -> list[str]:
    return [line for line in server.output.splitlines() if event in line]


async def test_clients_that_keep_idle_connections_are_all_served(server: Served) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(CLIENTS):
            stream = await connected(server, stack)
            stream[1].write(GET)
            status, *_ = await answer_of(stream)
            assert status == 200
            await asyncio.sleep(0.005)
        body = {"username": USERNAME, "password": PASSWORD}
        answer = await asyncio.to_thread(
            httpx.post, f"{server.url}/api/v1/authenticate", json=body, timeout=30
        )
        assert answer.status_code == 200
        closed = server.figure('remint_connections_closed_total{kind="idle"}')
        most = server.figure("remint_connections_limit")
        assert closed >= CLIENTS - most > 0
        assert server.figure("remint_connections") <= most
    assert len(told(server, "connectionsExhausted")) == 1
    assert "ulimit -n" in server.output


async def test_if_no_connection_is_idle_a_new_one_is_told_to_come_back(server: Served) -> None:
    most = int(server.figure("remint_connections_limit"))
    async with AsyncExitStack() as stack:
        for _ in range(most):
            _, writer = await connected(server, stack)
            writer.write(GET[:20])
        await asyncio.sleep(0.5)
        refused = await connected(server, stack)
        refused[1].write(GET)
        status, headers, body = await answer_of(refused)
        assert (status, headers["retry-after"], headers["connection"]) == (503, "1", "close")
        assert json.loads(body)["error"]["code"] == "unavailable"
        assert await refused[0].read() == b""
    server.wait_for(lambda: bool(told(server, "taskSucceeded")), "a line")
    assert server.figure('remint_connections_closed_total{kind="new"}') >= 1


async def test_what_a_burst_of_connections_loses_is_counted(server: Served) -> None:
    async def ask(stack: AsyncExitStack) -> int | None:
        stream = await connected(server, stack)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            stream[1].write(GET)
            status, *_ = await answer_of(stream)
            return status
        return None

    async with AsyncExitStack() as stack:
        statuses = await asyncio.gather(*(ask(stack) for _ in range(CLIENTS)))
    assert set(statuses) <= {200, 503, None}
    closed = sum(
        server.figure(f'remint_connections_closed_total{{kind="{kind}"}}')
        for kind in ("idle", "new")
    )
    assert closed >= CLIENTS - statuses.count(200) > 0
    assert "Too many open files" not in server.output
