"""uvicorn without `remint serve` has the same guards, or does not start."""

import os
import secrets
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from testing.processes import Process
from testing.waiting import free_port

ROOT = Path(__file__).parents[3]
UVICORN = [sys.executable, "-m", "uvicorn", "config.asgi:app"]
GUARDED = [*UVICORN, "--http", "interfaces.http.server.connections:BoundedConnection"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "REMINT_SECRET": secrets.token_urlsafe(32),
        "REMINT_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/remint.db",
    }


@pytest.mark.slow
def test_uvicorn_with_other_connections_is_refused_with_the_command_that_works(
    environment: dict[str, str],
) -> None:
    done = subprocess.run(UVICORN, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert f"Start uvicorn with {' '.join(GUARDED[-2:])}, or" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.slow
def test_uvicorn_with_bounded_connections_has_every_guard(
    environment: dict[str, str], tmp_path: Path
) -> None:
    port = free_port()
    with Process([*GUARDED, "--port", str(port)], env=environment, logs=tmp_path) as process:
        process.wait_for_port(port)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            answer = client.get("/health/live", headers={"X-Forwarded-For": "203.0.113.7"})
        assert answer.status_code == 200
        assert "server" not in answer.headers
        assert "date" in answer.headers
        with socket.create_connection(("127.0.0.1", port)) as raw:
            raw.sendall(b"no http\r\n\r\n")
            assert b'"code":"badRequest"' in raw.recv(4096)
        assert "203.0.113.7" not in process.output
