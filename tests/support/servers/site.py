"""Several instances of the service on one database, and a user who may log in anywhere."""

import asyncio
import secrets
import subprocess
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, TypeVar

import httpx

from application import UseCases
from config.settings.sections import Settings
from config.settings.server_secret import load_secrets
from config.wiring.container import Container
from config.wiring.service import Service
from domain.sessions import Origin
from tests.support.fakes.builders import OPERATOR
from tests.support.servers.remint import RemintServer, remint_once

Answer = TypeVar("Answer")

USERNAME = "alice"
PASSWORD = "correct horse battery staple"
SETTINGS = {
    "REMINT_PASSWORDS_MEMORY": "19456",
    "REMINT_SESSIONS_RENEWAL": "rotating",
    "REMINT_SESSIONS_LIMIT": "1000",
    "REMINT_LOG_LEVEL": "warning",
}
"""What all sites have in common; a test's own settings win."""


@dataclass
class Site:
    """One database, one secret, and the instances that were started on them.

    Attributes:
        settings: the environment of every instance that is started from now on.
    """

    folder: Path
    settings: dict[str, str]
    instances: list[RemintServer] = field(default_factory=list)

    @classmethod
    def on(cls, folder: Path, database_url: str, **settings: str) -> Self:
        """A site without instances yet, with a secret of its own."""
        own = {
            "REMINT_SECRET": secrets.token_urlsafe(48),
            "REMINT_DATABASE_URL": database_url,
        }
        return cls(folder, SETTINGS | own | settings)

    @property
    def database_url(self) -> str:
        return self.settings["REMINT_DATABASE_URL"]

    @property
    def urls(self) -> list[str]:
        return [instance.url for instance in self.instances]

    def start(self, *, port: int | None = None, wait: bool = True) -> RemintServer:
        """Start one more instance."""
        name = f"remint-{len(self.instances)}"
        instance = RemintServer(self.folder, self.settings, port=port, name=name)
        self.instances.append(instance)
        if wait:
            instance.wait_until_ready(30.0)
        return instance

    def restart(self, number: int) -> RemintServer:
        """Start a dead instance again at its old address."""
        dead = self.instances[number]
        again = RemintServer(self.folder, self.settings, port=dead.port, name=dead.name)
        self.instances[number] = again
        return again

    def try_remint(self, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """Run a `remint` command that may fail."""
        return remint_once(self.folder, self.settings, *words, typed=typed)

    def remint(self, *words: str, typed: str = "") -> str:
        """What a `remint` command prints; its failure is the test's failure."""
        done = self.try_remint(*words, typed=typed)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def act(self, do: Callable[[UseCases], Awaitable[Answer]]) -> Answer:
        """Use the product as a command would, beside the instances and without their help."""
        with ThreadPoolExecutor(1) as thread:  # in any thread, event loop or not
            return thread.submit(asyncio.run, self._act(do)).result()

    async def _act(self, do: Callable[[UseCases], Awaitable[Answer]]) -> Answer:
        settings = Settings.load(self.settings)
        container = Container(settings=settings, secrets=load_secrets(self.settings))
        async with Service(container).at_hand():
            return await do(container.use_cases())

    def add_user(self, name: str = USERNAME) -> None:
        self.act(lambda can: can.operators.add_user(name, PASSWORD, by=OPERATOR))

    def open_session(self, name: str = USERNAME) -> str:
        """The refresh token of a new session, opened without a password."""
        return self.act(
            lambda can: can.operators.open_session(name, Origin(), by=OPERATOR)
        ).refresh_token

    def open_sessions(self, count: int, name: str = USERNAME) -> list[str]:
        """The refresh tokens of several new sessions."""

        async def open_all(can: UseCases) -> list[str]:
            return [
                (await can.operators.open_session(name, Origin(), by=OPERATOR)).refresh_token
                for _ in range(count)
            ]

        return self.act(open_all)

    def log_in(self, name: str = USERNAME, *, at: int = 0, **more: str) -> str:
        """The refresh token of a new session, opened at one of the instances."""
        answer = httpx.post(
            f"{self.urls[at]}/api/v1/authenticate",
            json={"username": name, "password": PASSWORD, **more},
            timeout=30.0,
            trust_env=False,
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["refreshToken"])

    def end(self) -> None:
        """Leave no instance running."""
        for instance in self.instances:
            instance.end()

    @property
    def output(self) -> str:
        """All that the instances have said."""
        return "".join(instance.output for instance in self.instances)


@contextmanager
def site(
    folder: Path,
    database_url: str,
    *,
    instances: int = 2,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Site]:
    """Run instances on a database whose schema is in place, with `alice` added."""
    opened = Site.on(folder, database_url, **(settings or {}))
    try:
        for _ in range(instances):
            opened.start(wait=False)
        opened.add_user()
        for instance in opened.instances:
            instance.wait_until_ready(60.0)
        yield opened
    finally:
        opened.end()
