"""What redocly says of the OpenAPI document: nothing."""

import subprocess
from pathlib import Path

import pytest

from tests.support.servers.deployment import Deployment
from tests.support.servers.node import node, npm_install

pytestmark = pytest.mark.slow

LOCKED = Path(__file__).parent / "redocly"


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
