"""The shell script in docs/clients.md, against a real server."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import jwt
import pytest

from testing.packages import with_programs
from tests.support.checks.snippets import write_snippet
from tests.support.servers.canned_answers import NO_LOG_OUT, Canned, answering
from tests.support.servers.deployment import Deployment

pytestmark = pytest.mark.slow


@pytest.fixture
def script(tmp_path: Path) -> Path:
    file = write_snippet(tmp_path, "docs/clients.md", "sh", "remint-jwt")
    file.chmod(0o755)
    return file


def run(script: Path, remint: Deployment, token: Path) -> subprocess.CompletedProcess[str]:
    return run_at(script, remint.url, token)


def run_at(script: Path, url: str, token: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [script, url, token],
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
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "remint-jwt: log in again: invalidRefreshToken\n"
    assert token.read_text() == "rmt1_madeup\n"


def test_the_cause_of_the_end_is_printed(script: Path, remint: Deployment, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(remint.open_session())
    body = {"refreshToken": token.read_text()}
    assert httpx.post(f"{remint.url}/api/v1/authenticate/revoke", json=body).status_code == 204
    done = run(script, remint, token)
    assert (done.returncode, done.stderr) == (2, "remint-jwt: log in again: sessionRevoked\n")
    assert sorted(file.name for file in tmp_path.glob("token*")) == ["token", "token.lock"]


@pytest.mark.parametrize("text", [None, ""])
def test_without_a_token_the_script_says_so(
    script: Path, remint: Deployment, tmp_path: Path, text: str | None
) -> None:
    token = tmp_path / "token"
    if text is not None:
        token.write_text(text)
    done = run(script, remint, token)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"remint-jwt: not signed in: {token} has no refresh token\n"


@pytest.mark.parametrize("answer", NO_LOG_OUT.values(), ids=NO_LOG_OUT)
def test_no_other_answer_counts_as_a_log_out(script: Path, tmp_path: Path, answer: Canned) -> None:
    token = tmp_path / "token"
    token.write_text("rmt1_x\n")
    with answering(answer) as url:
        done = run_at(script, url, token)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"remint-jwt: Remint answers {answer.status}")
    assert token.read_text() == "rmt1_x\n"


def test_an_answer_of_a_proxy_is_sat_out(script: Path, tmp_path: Path) -> None:
    """What the proxy said is not part of what is printed."""
    token = tmp_path / "token"
    token.write_text("rmt1_x\n")
    with answering(Canned(503, "<h1>Busy</h1>"), Canned(200, {"jwtToken": "eyJ"})) as url:
        done = run_at(script, url, token)
    assert (done.returncode, done.stdout) == (0, "eyJ\n")
