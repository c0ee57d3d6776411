"""A server of our own on a real SQLite file, and a user who is signed in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.support.servers.remint import RemintServer
from tests.support.servers.shell import run_remint

PASSWORD = "correct horse battery staple"
SECRET = "Zq3vY8-end-to-end-9fK2mWc7Tn5RbXoLd"


@dataclass(frozen=True)
class House:
    """A running server with its data directory and its only user, `alice`."""

    server: RemintServer
    folder: Path
    environment: dict[str, str]
    client: httpx.Client

    def log_in(self, **more: str) -> dict[str, str]:
        answer = self.client.post(
            "/api/v1/authenticate", json={"username": "alice", "password": PASSWORD, **more}
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def refresh(self, token: str) -> httpx.Response:
        return self.client.post("/api/v1/authenticate/refresh", json={"refreshToken": token})


OpenHouse = Callable[..., House]


@pytest.fixture
def open_house(tmp_path: Path) -> Iterator[OpenHouse]:
    """Starts servers, with settings of the test's choice."""
    opened: list[House] = []

    def open_one(**settings: str) -> House:
        environment = {
            "REMINT_SECRET": SECRET,
            "REMINT_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/remint.db",
            "REMINT_PASSWORDS_MEMORY": "19456",
            **settings,
        }
        run_remint(
            ["users", "add", "alice", "--role", "admin", "--password-stdin"], environment, PASSWORD
        )
        server = RemintServer(tmp_path, environment)
        house = House(server, tmp_path, environment, httpx.Client(base_url=server.url))
        opened.append(house)
        server.wait_until_ready()
        return house

    yield open_one
    for house in opened:
        house.client.close()
        house.server.end()
