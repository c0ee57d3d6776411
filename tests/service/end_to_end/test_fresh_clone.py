"""The first command of the README, in a clone of the repository on which nothing was set up."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from testing.processes import Process
from testing.waiting import free_port
from tests.support.servers.shell import pasted

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
NOT_OURS = ("REMINT_", "VIRTUAL_ENV", "PYTHON", "MAKE", "MFLAGS", "GNUMAKEFLAGS")
"""What must not get from these tests, which may run under make themselves, into the clone."""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "clone"
    command = ["git", "clone", "--quiet", "--depth", "1", ROOT.as_uri(), str(folder)]
    subprocess.run(command, check=True, timeout=120)
    return folder


@pytest.fixture
def made(clone: Path, tmp_path: Path) -> Iterator[tuple[Process, str]]:
    """`make run`, and the address where it will listen."""
    port = str(free_port())
    outside = {name: value for name, value in os.environ.items() if not name.startswith(NOT_OURS)}
    env = outside | {"PYTHON": sys.executable, "REMINT_SERVER_PORT": port}
    with Process(["make", "run"], logs=tmp_path, env=env, cwd=clone) as make:
        yield make, f"http://127.0.0.1:{port}"


def test_make_run_prints_a_curl_whose_jwt_the_published_keys_verify(
    made: tuple[Process, str],
) -> None:
    make, address = made
    make.wait_for_ok(f"{address}/health/ready", 600.0)
    token = pasted(make.stdout)["jwtToken"]
    keys = httpx.get(f"{address}/.well-known/jwks.json", trust_env=False).json()
    claims = jwt.decode(token, KeySet.import_key_set(keys), ["ES256"]).claims
    assert claims["iss"] == f"http://localhost:{address.rpartition(':')[2]}"
