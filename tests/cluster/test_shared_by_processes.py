"""Processes that share one rotating token through a file, each with an OAuth library of its own."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from domain.sessions import Renewal
from testing.processes import Process
from tests.support.servers.databases import KINDS, new_database_url
from tests.support.servers.deployment import cluster

pytestmark = [pytest.mark.slow, pytest.mark.proves("O3", "S6")]

PROCESSES = 5
REFRESHES = 200
CLIENT = """
import os
import sys
from pathlib import Path

from authlib.integrations.requests_client import OAuth2Session

url, store, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
client = OAuth2Session("remint", token_endpoint_auth_method="none")
for _ in range(count):
    token = client.refresh_token(f"{url}/oauth/token", refresh_token=store.read_text())
    new = store.with_suffix(f".{os.getpid()}")
    new.write_text(token["refresh_token"])
    new.replace(store)
print("signed in")
"""


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_is_logged_out_by_processes_that_know_nothing_of_each_other(
    request: pytest.FixtureRequest, kind: str, tmp_path: Path
) -> None:
    with (
        new_database_url(request, kind, tmp_path) as database_url,
        cluster(tmp_path, database_url) as remint,
    ):
        store = tmp_path / "token"
        store.write_text(remint.open_session(renewal=Renewal.ROTATING))
        script = tmp_path / "client.py"
        script.write_text(CLIENT)

        def run(number: int) -> str:
            url = remint.urls[number % len(remint.urls)]
            command = (sys.executable, str(script), url, str(store), str(REFRESHES))
            with Process(command, logs=tmp_path, name=f"client-{number}") as process:
                process.wait(100.0)
                return process.output

        with ThreadPoolExecutor(PROCESSES) as threads:
            said = list(threads.map(run, range(PROCESSES)))
        assert said == ["signed in\n"] * PROCESSES
        assert remint.refresh(store.read_text()).status_code == 200
