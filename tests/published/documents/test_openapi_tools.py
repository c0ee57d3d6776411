"""What tools from outside make of the OpenAPI document: a linter, and a generator of clients."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.servers.deployment import Deployment
from tests.support.servers.node import node, npm_install

pytestmark = pytest.mark.slow

LOCKED = Path(__file__).parent / "redocly"

GENERATED = """
import base64
import sys

from generated import AuthenticatedClient
from generated.api.users import open_session
from generated.models import OpeningAnswer, OpeningRequest

url, secret = sys.argv[1:]
token = base64.b64encode(f"shop:{secret}".encode()).decode()
client = AuthenticatedClient(base_url=url, token=token, prefix="Basic")
opened = open_session.sync("4712", client=client, body=OpeningRequest(device="generated"))
assert isinstance(opened, OpeningAnswer), opened
print(opened.refresh_token)
"""


def test_redocly_finds_neither_an_error_nor_a_warning(remint: Deployment, tmp_path: Path) -> None:
    npm_install(LOCKED, tmp_path)
    (tmp_path / "openapi.json").write_text(remint.client.get("/openapi.json").text)
    lint = tmp_path / "node_modules/@redocly/cli/bin/cli.js"
    done = subprocess.run(
        [node(), lint, "lint", "openapi.json"],
        env={"REDOCLY_TELEMETRY": "off", "CI": "true", "HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "Your API description is valid" in said
    assert "warning" not in said.lower(), said


def test_a_client_that_is_generated_from_the_document_opens_a_session(
    remint: Deployment, secret: str, tmp_path: Path
) -> None:
    (tmp_path / "openapi.json").write_text(remint.client.get("/openapi.json").text)
    generator = Path(sys.executable).parent / "openapi-python-client"
    command = ["generate", "--path", "openapi.json", "--meta", "none", "--output-path", "generated"]
    (tmp_path / "config.yaml").write_text("post_hooks: []\n")
    subprocess.run(
        [generator, *command, "--config", "config.yaml"], cwd=tmp_path, check=True, timeout=60
    )
    (tmp_path / "use.py").write_text(GENERATED)
    done = subprocess.run(
        [sys.executable, "use.py", remint.url, secret],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert remint.refresh(done.stdout.strip()).status_code == 200
