"""A server in the test's own event loop, on a real SQLite file, called without a socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec

from config.settings.sections import DatabaseSettings, PasswordSettings, Settings
from config.wiring.assembly import assemble
from config.wiring.container import Container
from config.wiring.service import Service
from infrastructure.telemetry.logs import LogStream
from tests.support.alice import PASSWORD, SECRET, USERNAME
from tests.support.fakes.builders import OPERATOR


def settings_in(folder: Path, **sections: Any) -> Settings:
    """Settings for a database in that folder, with passwords that are quick to hash."""
    settings = Settings(
        database=DatabaseSettings(url=f"sqlite+aiosqlite:///{folder}/remint.db"),
        passwords=PasswordSettings(memory=19456),
    )
    return msgspec.structs.replace(settings, **sections)


@dataclass(frozen=True, slots=True)
class InProcessServer:
    """A client of the running server."""

    client: httpx.AsyncClient

    async def log_in(self, password: str = PASSWORD, **more: str) -> httpx.Response:
        body = {"username": USERNAME, "password": password, **more}
        return await self.client.post("/api/v1/authenticate", json=body)

    async def refresh(self, token: str) -> httpx.Response:
        body = {"refreshToken": token}
        return await self.client.post("/api/v1/authenticate/refresh", json=body)


@asynccontextmanager
async def in_process_server(settings: Settings, logs: LogStream) -> AsyncIterator[InProcessServer]:
    """Start it, with `alice` in its database, and stop it afterwards."""
    secrets = (SECRET.encode(),)
    container = Container(settings=settings, secrets=secrets)
    async with Service(container).ready():
        await container.use_cases().operators.add_user(USERNAME, PASSWORD, by=OPERATOR)
    app: Any = assemble(settings, secrets, logs)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        _life(app),
        httpx.AsyncClient(transport=transport, base_url="http://remint.test") as client,
    ):
        yield InProcessServer(client)


@asynccontextmanager
async def _life(app: Any) -> AsyncIterator[None]:
    """What a server says to an application before the first request and after the last."""
    says: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    hears: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    living = asyncio.create_task(app({"type": "lifespan", "state": {}}, says.get, hears.put))
    for word in ("startup", "shutdown"):
        says.put_nowait({"type": f"lifespan.{word}"})
        answer = await hears.get()
        assert answer == {"type": f"lifespan.{word}.complete"}
        if word == "startup":
            yield
    await living
