"""One instance of the service on a real SQLite file, called in the test's own event loop."""

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
from tests.support.fakes.builders import OPERATOR

SECRET = b"Zq3vY8-one-instance-9fK2mWc7Tn5RbXoLd"
PASSWORD = "correct horse battery staple"


def settings_in(folder: Path, **sections: Any) -> Settings:
    """Settings for a database in that folder, with passwords that are quick to hash."""
    settings = Settings(
        database=DatabaseSettings(url=f"sqlite+aiosqlite:///{folder}/remint.db"),
        passwords=PasswordSettings(memory=19456),
    )
    return msgspec.structs.replace(settings, **sections)


@dataclass(frozen=True, slots=True)
class Instance:
    """A running instance and a client of it."""

    client: httpx.AsyncClient

    async def log_in(self, password: str = PASSWORD, **more: str) -> httpx.Response:
        body = {"username": "alice", "password": password, **more}
        return await self.client.post("/api/v1/authenticate", json=body)

    async def refresh(self, token: str) -> httpx.Response:
        body = {"refreshToken": token}
        return await self.client.post("/api/v1/authenticate/refresh", json=body)


@asynccontextmanager
async def instance(settings: Settings, logs: LogStream) -> AsyncIterator[Instance]:
    """Start it, with `alice` in its database, and stop it afterwards."""
    async with Service(container := Container(settings=settings, secrets=(SECRET,))).at_hand():
        await container.use_cases().operators.add_user("alice", PASSWORD, by=OPERATOR)
    app = assemble(settings, [SECRET], logs)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with (
        _life(app),
        httpx.AsyncClient(transport=transport, base_url="http://remint.test") as client,
    ):
        yield Instance(client)


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
