"""The service can be run as a child of the tests."""

import secrets
from pathlib import Path

import httpx

from tests.support.servers.server_process import ServerProcess


def test_a_server_is_ready_under_its_own_address(tmp_path: Path) -> None:
    env = {
        "REMINT_SECRET": secrets.token_urlsafe(48),
        "REMINT_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/remint.db",
    }
    with ServerProcess(tmp_path, env) as server:
        server.wait_until_ready()
        answer = httpx.get(f"{server.url}/health/live", trust_env=False)
        assert answer.status_code == 200
