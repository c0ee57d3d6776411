"""A deployment: one database, one secret, the servers on them, and a user who can log in."""

import asyncio
import subprocess
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Self, TypeVar

import httpx

from application import UseCases
from application.steps.session_terms import Asked
from config.settings.loading import load_settings
from config.settings.server_secret import load_secrets
from config.wiring.container import Container
from config.wiring.service import Service
from domain.sessions import Origin, Renewal
from tests.support.alice import PASSWORD, SECRET, USERNAME
from tests.support.fakes.builders import OPERATOR
from tests.support.servers.command import run_remint, try_remint
from tests.support.servers.server_process import ServerProcess

Answer = TypeVar("Answer")

QUICK_HASHES = {"REMINT_PASSWORDS_MEMORY": "19456"}
MANY_CLIENTS = {
    "REMINT_SESSIONS_RENEWAL": "rotating",
    "REMINT_SESSIONS_LIMIT": "1000",
    "REMINT_LOG_LEVEL": "warning",
}
API = "/api/v1"


@dataclass
class Deployment:
    """Servers of one database, which a test calls, and commands next to them.

    Attributes:
        settings: the environment of every server and command that is started from now on.
    """

    folder: Path
    settings: dict[str, str]
    servers: list[ServerProcess] = field(default_factory=list)

    @classmethod
    def on(cls, folder: Path, database_url: str, settings: Mapping[str, str] | None = None) -> Self:
        """A deployment without servers yet."""
        own = {"REMINT_SECRET": SECRET, "REMINT_DATABASE_URL": database_url}
        return cls(folder, {**QUICK_HASHES, **own, **(settings or {})})

    @property
    def database_url(self) -> str:
        return self.settings["REMINT_DATABASE_URL"]

    @property
    def server(self) -> ServerProcess:
        """The only server, or the first one."""
        return self.servers[0]

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def urls(self) -> list[str]:
        return [server.url for server in self.servers]

    @cached_property
    def client(self) -> httpx.Client:
        """A client of the first server."""
        return httpx.Client(base_url=self.url, timeout=30.0, trust_env=False)

    # What people do with it.

    def start(self, *, port: int | None = None, wait: bool = True) -> ServerProcess:
        """Start one more server."""
        name = f"remint-{len(self.servers)}"
        server = ServerProcess(self.folder, self.settings, port=port, name=name)
        self.servers.append(server)
        if wait:
            server.wait_until_ready()
        return server

    def restart(self, number: int) -> ServerProcess:
        """Start a dead server again at its old address."""
        dead = self.servers[number]
        again = ServerProcess(self.folder, self.settings, port=dead.port, name=dead.name)
        self.servers[number] = again
        return again

    def end(self) -> None:
        """Leave no server running."""
        if "client" in vars(self):
            self.client.close()
        for server in self.servers:
            server.end()

    @property
    def output(self) -> str:
        """All that the servers have said."""
        return "".join(server.output for server in self.servers)

    def run(self, *words: str, typed: str = "") -> str:
        """What a `remint` command prints; its failure is the test's failure."""
        return run_remint(self.folder, self.settings, *words, typed=typed)

    def try_run(self, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """Run a `remint` command that can fail."""
        return try_remint(self.folder, self.settings, *words, typed=typed)

    # What operators do, in the tests' own process, because a command takes a second to start.

    def act(self, do: Callable[[UseCases], Awaitable[Answer]]) -> Answer:
        """Use the product as a command would, next to the servers and without their help."""
        with ThreadPoolExecutor(1) as thread:  # in any thread, event loop or not
            return thread.submit(asyncio.run, self._act(do)).result()

    async def _act(self, do: Callable[[UseCases], Awaitable[Answer]]) -> Answer:
        settings = load_settings(self.settings)
        container = Container(settings=settings, secrets=load_secrets(self.settings))
        async with Service(container).ready():
            return await do(container.use_cases())

    def add_user(self, name: str = USERNAME, *roles: str) -> None:
        self.act(lambda can: can.operators.add_user(name, PASSWORD, roles, by=OPERATOR))

    def open_session(self, name: str = USERNAME, renewal: Renewal | None = None) -> str:
        """The refresh token of a new session, opened without a password."""
        (token,) = self.open_sessions(1, name, renewal)
        return token

    def open_sessions(
        self, count: int, name: str = USERNAME, renewal: Renewal | None = None
    ) -> list[str]:
        """The refresh tokens of several new sessions."""

        async def open_all(can: UseCases) -> list[str]:
            opened = [
                await can.operators.open_session(
                    name, Origin(), Asked(renewal=renewal), by=OPERATOR
                )
                for _ in range(count)
            ]
            return [one.refresh_token for one in opened]

        return self.act(open_all)

    # What clients do.

    def log_in(self, name: str = USERNAME, *, at: int = 0, **more: str) -> dict[str, str]:
        """Both tokens of a new session, opened at one of the servers."""
        answer = httpx.post(
            f"{self.urls[at]}{API}/authenticate",
            json={"username": name, "password": PASSWORD, **more},
            timeout=30.0,
            trust_env=False,
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def refresh(self, token: str) -> httpx.Response:
        return self.client.post(f"{API}/authenticate/refresh", json={"refreshToken": token})


@contextmanager
def deployed(
    folder: Path,
    database_url: str | None = None,
    settings: Mapping[str, str] | None = None,
    *,
    servers: int = 1,
    port: int | None = None,
) -> Iterator[Deployment]:
    """Run servers with `alice` as their user.

    Args:
        database_url: a database with the schema in place; by default a new SQLite file.
        port: where the only server listens; by default on a free port.
    """
    url = database_url or f"sqlite+aiosqlite:///{folder}/remint.db"
    deployment = Deployment.on(folder, url, settings)
    try:
        deployment.add_user(USERNAME, "admin")
        for _ in range(servers):
            deployment.start(port=port, wait=False)
        for server in deployment.servers:
            server.wait_until_ready()
        yield deployment
    finally:
        deployment.end()


def cluster(
    folder: Path,
    database_url: str,
    settings: Mapping[str, str] | None = None,
    *,
    servers: int = 2,
) -> AbstractContextManager[Deployment]:
    """Deploy servers that many clients refresh at, each with a session that rotates."""
    return deployed(folder, database_url, MANY_CLIENTS | dict(settings or {}), servers=servers)
