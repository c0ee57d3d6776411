"""The shell script in docs/clients.md, against a real server."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jwt
import pytest

from testing.packages import with_programs
from tests.support.checks.snippets import write_snippet
from tests.support.servers.deployment import Deployment

pytestmark = pytest.mark.slow


@pytest.fixture
def script(tmp_path: Path) -> Path:
    file = write_snippet(tmp_path, "docs/clients.md", "sh", "remint-jwt")
    file.chmod(0o755)
    return file


def run(script: Path, remint: Deployment, token: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [script, remint.url, token],
        env=with_programs("curl", "jq"),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_it_prints_a_jwt_and_stores_the_successor(
    script: Path, remint: Deployment, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    first = remint.open_session()
    token.write_text(f"{first}\n")
    done = run(script, remint, token)
    assert done.returncode == 0, done.stderr
    assert jwt.get_unverified_header(done.stdout.strip())["typ"] == "at+jwt"
    assert token.read_text().strip() not in ("", first)


def test_several_at_once_take_turns(script: Path, remint: Deployment, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(remint.open_session())
    with ThreadPoolExecutor(5) as threads:
        done = list(threads.map(lambda _: run(script, remint, token), range(5)))
    assert [each.returncode for each in done] == [0] * 5


def test_the_end_of_the_session_is_a_failure_and_leaves_the_file_alone(
    script: Path, remint: Deployment, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("rmt1_madeup\n")
    done = run(script, remint, token)
    assert (done.returncode, done.stdout) == (22, "")
    assert "401" in done.stderr
    assert token.read_text() == "rmt1_madeup\n"
