"""CPU per request without sockets, which other programs on the machine cannot disturb.

Coroutines call the ASGI application as a server would. CPU time, threads of the database included,
is far steadier than throughput, so this is what to look at while changing code.
"""

import asyncio
import itertools
import os
import time
from collections.abc import Iterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from benchmarks import baselines
from benchmarks.filling import Filled
from benchmarks.load import TokensFile
from benchmarks.rows import EVERY_REQUEST_ROTATES

PATH = "/api/v1/authenticate/refresh"
CONNECTIONS = 32
FLOOR = "L1"
JSON = "application/json"
Application = Any


class Row(NamedTuple):
    """One kind of request."""

    app: Application
    path: str
    bodies: Iterator[bytes]
    content_type: str = JSON


async def measure(filled: Filled, requests: int, rounds: int) -> dict[str, float]:
    """Microseconds of CPU per request by row: the least of the rounds, which nothing disturbed."""
    os.environ.update({**filled.environment, **EVERY_REQUEST_ROTATES})
    from config.instance import build

    app = build()

    reusable, rotating = _bodies(filled.reusable), _bodies(filled.rotating)
    rows = {
        FLOOR: Row(baselines.empty, "/", reusable),
        "L1 + JWT by jwt.encode (ES256)": Row(baselines.signing, "/", reusable),
        "reusable refresh": Row(app, PATH, reusable),
        "reusable refresh, charset named": Row(app, PATH, reusable, f"{JSON}; charset=utf-8"),
        "rotating refresh": Row(app, PATH, rotating),
    }
    async with _running(app):
        for row in rows.values():
            await _cost(row, requests)
        turns = [
            {name: await _cost(row, requests) for name, row in rows.items()} for _ in range(rounds)
        ]
    return {name: min(turn[name] for turn in turns) for name in rows}


async def _cost(row: Row, requests: int) -> float:
    each = requests // CONNECTIONS

    async def connection() -> None:
        for _ in range(each):
            await _post(row)

    started = time.process_time()
    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return 1e6 * (time.process_time() - started) / (each * CONNECTIONS)


async def _post(row: Row) -> None:
    body = next(row.bodies)
    incoming = iter(({"type": "http.request", "body": body, "more_body": False},))
    statuses = []

    async def receive() -> dict[str, Any]:
        for message in incoming:
            return message
        return await asyncio.Event().wait() and {}  # the client stays

    async def send(message: dict[str, Any]) -> None:
        statuses.append(message.get("status"))

    await row.app(_scope(row, len(body)), receive, send)
    if statuses[0] != 200:
        raise RuntimeError(f"answered {statuses[0]}")


def _scope(row: Row, length: int) -> dict[str, Any]:
    headers = {"host": "127.0.0.1", "content-type": row.content_type, "content-length": length}
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": row.path,
        "raw_path": row.path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(name.encode(), str(value).encode()) for name, value in headers.items()],
        "server": ("127.0.0.1", 8080),
        "client": ("127.0.0.1", 50_000),
        "state": {},
    }


def _bodies(tokens: TokensFile) -> Iterator[bytes]:
    lines = tokens.path.read_text().split()
    return itertools.cycle([f'{{"refreshToken":"{token}"}}'.encode() for token in lines])


@asynccontextmanager
async def _running(app: Application) -> Any:
    """The lifespan, driven as a server drives it."""
    told: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    said: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    life = asyncio.create_task(app(scope, told.get, said.put))
    await told.put({"type": "lifespan.startup"})
    if (await said.get())["type"] != "lifespan.startup.complete":
        raise RuntimeError("the application does not start")
    yield
    await told.put({"type": "lifespan.shutdown"})
    await life
