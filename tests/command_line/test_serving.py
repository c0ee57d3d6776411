"""`remint serve` as people run it: real processes on real SQLite files."""

import json
import os
import re
import signal
import sqlite3
import ssl
import subprocess
import time
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import psutil
import pytest
import trustme

from config.demo import SECRET_FILE
from config.settings.server_secret import new_secret
from testing.processes import Process
from testing.waiting import free_port, port_is_open, wait_until
from tests.support.servers.command import (
    REMINT,
    environment,
    pasted,
    run_remint,
    try_remint,
)
from tests.support.servers.server_process import ServerProcess

pytestmark = pytest.mark.slow

PASSWORD = "correct horse battery"


def own_secret(folder: Path) -> dict[str, str]:
    file = folder / "secret"
    file.touch(mode=0o600)
    file.write_text(new_secret())
    return {"REMINT_SECRET_FILE": str(file)}


def refusal(folder: Path, env: dict[str, str], *arguments: str) -> tuple[int, str]:
    """How a server that must not start ends, and what it says."""
    with ServerProcess(folder, env, arguments=arguments) as server:
        code = server.wait(30)
        assert not port_is_open(server.port)
        assert server.stdout == ""
        return code, server.stderr


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("demo")
    with ServerProcess(folder, {}, arguments=("--demo",)) as server:
        server.wait_until_ready(30)
        yield server


def status(server: ServerProcess, path: str) -> int:
    return httpx.get(f"{server.url}{path}").status_code


@pytest.mark.proves("G8", "K6")
def test_the_demo_prints_a_curl_that_refreshes_a_real_token(demo: ServerProcess) -> None:
    """Its secret is its own, in a 0600 file, and its password is random."""
    assert set(pasted(demo.stdout)) == {"jwtToken"}
    [path] = re.findall(r"REMINT_SECRET_FILE=(\S+)", demo.stdout)
    secret = demo.folder / path
    assert secret.stat().st_mode & 0o777 == 0o600
    [password] = re.findall(r"password +(\S+)$", demo.stdout, re.MULTILINE)
    answer = httpx.post(
        f"{demo.url}/api/v1/authenticate", json={"username": "demo", "password": password}
    )
    assert answer.status_code == 200
    assert secret.read_text().strip() not in demo.output


@pytest.mark.proves("S7")
def test_the_demo_comes_back_with_the_same_secret_and_a_new_session(tmp_path: Path) -> None:
    """A server that is stopped on purpose, in either way, ends with exit code 0."""
    port, printed = free_port(), []
    for number in (signal.SIGINT, signal.SIGTERM):
        with ServerProcess(
            tmp_path, {}, arguments=("--demo",), port=port, name=number.name
        ) as server:
            server.wait_until_ready(30)
            printed.append(server.stdout)
            assert all(set(pasted(text)) == {"jwtToken"} for text in printed)
            server.send(number)
            assert server.wait(30) == 0
            assert "Traceback" not in server.output
    first, second = (re.findall(r"password +(\S+)$", text, re.MULTILINE) for text in printed)
    assert first == second


@pytest.mark.parametrize("change", ["deleted", "changed"])
def test_the_demo_comes_back_with_a_new_password_after_the_user_was(
    change: str, tmp_path: Path
) -> None:
    printed = list[str]()
    for number in ("first", "second"):
        with ServerProcess(tmp_path, {}, arguments=("--demo",), name=number) as server:
            server.wait_until_ready(30)
            printed.append(server.stdout)
        env = dict(re.findall(r"export (\w+)=(\S+)", printed[0]))
        if change == "deleted":
            run_remint(tmp_path, env, "users", "delete", "demo")
        else:
            run_remint(
                tmp_path, env, "users", "set-password", "demo", "--password-stdin", typed=PASSWORD
            )
    first, second = (re.findall(r"password +(\S+)$", text, re.MULTILINE) for text in printed)
    assert first != second


def test_what_the_demo_prints_for_another_shell_runs_as_it_is_printed(demo: ServerProcess) -> None:
    [printed] = re.findall(r"another shell:\n(.*?sessions list\n)", demo.stdout, re.DOTALL)
    done = subprocess.run(
        ["sh", "-e"], input=printed, cwd="/", capture_output=True, text=True, check=True, timeout=60
    )
    assert "remint serve --demo" in done.stdout


def test_the_demo_starts_again_in_a_shell_with_its_own_exports(demo: ServerProcess) -> None:
    env = dict(re.findall(r"export (\w+)=(\S+)", demo.stdout))
    with ServerProcess(demo.folder, env, arguments=("--demo",), name="again") as again:
        again.wait_until_ready(30)
        assert set(pasted(again.stdout)) == {"jwtToken"}


def test_the_demo_names_itself_as_issuer_on_a_port_that_the_system_chose(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, {}, arguments=("--demo", "--port", "0")) as server:
        wait_until(lambda: "Remint listens on" in server.stderr, "the start", 30)
        [port] = re.findall(r"Remint listens on http://127.0.0.1:(\d+)", server.stderr)
        server.wait_for_ok(f"http://127.0.0.1:{port}/health/ready", 30)
        payload = pasted(server.stdout)["jwtToken"].split(".")[1]
    claims = json.loads(urlsafe_b64decode(payload + "=="))
    assert claims["iss"] == f"http://localhost:{port}"


def test_the_demo_names_the_page_of_the_api(demo: ServerProcess) -> None:
    [page] = re.findall(r"http\S+/docs", demo.stdout)
    assert httpx.get(page).status_code == 200


def test_the_demo_keeps_away_from_data_that_are_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "real.db").touch()
    url = {"REMINT_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/real.db"}
    code, said = refusal(tmp_path, url, "--demo")
    assert code == 4
    assert "exists and belongs to another server secret" in said
    assert not (tmp_path / SECRET_FILE).exists()


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        ({"REMINT_SECRET": "q8K2fVb6XzN0mJ4hTgY1sDc7RwE9uLpAoI3xQyUt"}, "Unset REMINT_SECRET"),
        ({"REMINT_DATABASE_URL": "postgresql+asyncpg://app@127.0.0.1/remint"}, "needs SQLite"),
    ],
)
def test_the_demo_is_not_for_real_installations(
    env: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    code, said = refusal(tmp_path, env, "--demo")
    assert code == 2
    assert sentence in said


@pytest.mark.proves("K6", "S1")
@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        ({}, "There is no server secret. Make one with `remint secret`."),
        ({"REMINT_SECRET": "CANARY"}, "is too short"),
        ({"REMINT_SECRET": "CANARY-changeme-0123456789-abcdefgh"}, "is a placeholder"),
        ({"REMINT_SESSIONS_GRACE": "CANARY"}, "REMINT_SESSIONS_GRACE (sessions.grace) must be"),
        ({"REMINT_SESSION_GRACE": "CANARY"}, "the nearest is REMINT_SESSIONS_GRACE"),
        ({"REMINT_CONFIG": "/nowhere/CANARY"}, "REMINT_CONFIG names a file that cannot be read"),
    ],
)
def test_what_is_wrong_with_secret_and_settings_is_said_before_the_port_is_bound(
    env: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    code, said = refusal(tmp_path, env)
    assert code == 2
    assert sentence in said
    assert "CANARY" not in said
    assert "Traceback" not in said


def test_a_port_that_is_taken_is_named(demo: ServerProcess, tmp_path: Path) -> None:
    env = own_secret(tmp_path)
    with ServerProcess(tmp_path, env, port=demo.port, name="second") as second:
        assert second.wait(30) == 1
        assert f"port {demo.port}: Address already in use" in second.stderr


def test_a_port_that_the_default_issuer_does_not_name_is_said(
    demo: ServerProcess, tmp_path: Path
) -> None:
    with ServerProcess(tmp_path, own_secret(tmp_path)) as server:
        server.wait_until_ready(30)
        assert "JWTs say http://localhost:8080, the default of tokens.issuer" in server.stderr
    assert "tokens.issuer" not in demo.stderr


def test_what_operators_do_shows_at_the_next_log_in(tmp_path: Path) -> None:
    """The commands and the server share one database file, in both orders."""
    env = own_secret(tmp_path)
    added = try_remint(
        tmp_path, env, "users", "add", "alice", "--password-stdin", "--json", typed=PASSWORD
    )
    assert json.loads(added.stdout)["name"] == "alice"
    assert PASSWORD not in added.stderr
    with ServerProcess(tmp_path, env) as server:
        server.wait_until_ready(30)
        log_in = {"username": "alice", "password": PASSWORD}
        first = httpx.post(f"{server.url}/api/v1/authenticate", json=log_in).json()
        assert try_remint(tmp_path, env, "users", "disable", "alice").returncode == 0
        answer = httpx.post(
            f"{server.url}/api/v1/authenticate/refresh",
            json={"refreshToken": first["refreshToken"]},
        )
        assert answer.status_code == 401
        assert server.terminate() == 0
    assert first["refreshToken"] not in server.output


@pytest.mark.proves("S7")
def test_several_workers_serve_one_port_and_stop_together(tmp_path: Path) -> None:
    env = own_secret(tmp_path)
    token = try_remint(tmp_path, env, "users", "add", "bot", "--password-stdin", typed=PASSWORD)
    assert token.returncode == 0
    token = try_remint(tmp_path, env, "sessions", "open", "bot")
    with ServerProcess(tmp_path, env, arguments=("--workers", "2")) as server:
        server.wait_until_ready(60)
        for _ in range(20):
            answer = httpx.post(
                f"{server.url}/api/v1/authenticate/refresh",
                json={"refreshToken": token.stdout.strip()},
            )
            assert answer.status_code == 200
        assert server.terminate(30) == 0
        assert not port_is_open(server.port)


@pytest.mark.proves("S7")
def test_readiness_goes_first_and_requests_are_answered_until_the_notice_is_over(
    tmp_path: Path,
) -> None:
    env = own_secret(tmp_path) | {"REMINT_SERVER_NOTICE": "60s"}
    with ServerProcess(tmp_path, env) as server:
        server.wait_until_ready(30)
        server.send(signal.SIGTERM)
        server.wait_for(lambda: status(server, "/health/ready") == 503, "leaving")
        assert status(server, "/health/live") == 200
        assert status(server, "/.well-known/jwks.json") == 200
        assert server.terminate(30) == 0  # the second one does not wait for the notice


@pytest.mark.parametrize("workers", ["1", "2"])
def test_sighup_stops_the_server_as_sigterm_does(tmp_path: Path, workers: str) -> None:
    with ServerProcess(tmp_path, own_secret(tmp_path), arguments=("--workers", workers)) as server:
        server.wait_until_ready(60)
        os.kill(server.pid, signal.SIGHUP)
        assert server.wait(30) == 0
        assert not port_is_open(server.port)
        assert "Traceback" not in server.output


def test_a_worker_that_hears_sighup_itself_serves_on(tmp_path: Path) -> None:
    """A terminal that closes tells the workers too, and their parent stops them."""
    with ServerProcess(tmp_path, own_secret(tmp_path), arguments=("--workers", "2")) as server:
        started = "Application startup complete."
        server.wait_for(lambda: server.output.count(started) == 2, "two workers", 60)
        workers = {child.pid for child in psutil.Process(server.pid).children()}
        for worker in workers:
            os.kill(worker, signal.SIGHUP)
        time.sleep(1.0)
        assert {child.pid for child in psutil.Process(server.pid).children()} == workers
        assert server.terminate(30) == 0


def test_every_line_of_a_server_is_json_if_the_settings_say_so(tmp_path: Path) -> None:
    env = own_secret(tmp_path) | {"REMINT_LOG_FORMAT": "json"}
    with ServerProcess(tmp_path, env) as server:
        server.wait_until_ready(30)
        assert server.terminate() == 0
        lines = [json.loads(line) for line in server.output.splitlines()]
    assert {"event": "listening", "address": server.url}.items() <= lines[0].items()


def test_a_server_whose_log_cannot_be_written_serves_as_ever(tmp_path: Path) -> None:
    env, port = own_secret(tmp_path), free_port()
    shell = ("sh", "-c", 'exec "$@" >/dev/full 2>&1', "sh")
    command = [*shell, *REMINT, "serve", "--host", "127.0.0.1", "--port", str(port)]
    url = f"http://127.0.0.1:{port}"
    with Process(command, logs=tmp_path, env=environment(env), cwd=tmp_path) as server:
        server.wait_for_ok(f"{url}/health/ready", 30)
        wrong = {"username": "nobody", "password": PASSWORD}
        answers = [httpx.post(f"{url}/api/v1/authenticate", json=wrong) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [401] * 3
        assert httpx.get(f"{url}/health/ready").status_code == 200
        assert server.terminate(30) == 0


def test_a_first_start_on_a_locked_file_listens_says_why_and_obeys(tmp_path: Path) -> None:
    env = own_secret(tmp_path) | {
        "REMINT_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/remint.db",
        "REMINT_DATABASE_STATEMENT_TIMEOUT": "1s",
    }
    with closing(sqlite3.connect(tmp_path / "remint.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with ServerProcess(tmp_path, env, name="first") as server:
            server.wait_for(lambda: "startedUnready" in server.output, "a line")
            assert "SQLITE_BUSY" in server.output
            server.wait_for_ok(f"{server.url}/health/live", 30)
            assert server.terminate(15) == 0
        with ServerProcess(tmp_path, env, name="second") as server:
            server.wait_for(lambda: "startedUnready" in server.output, "a line")
            other.execute("ROLLBACK")
            server.wait_until_ready(30)


def test_https_is_served_with_certificate_files(tmp_path: Path) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    env = own_secret(tmp_path) | {
        "REMINT_SERVER_TLS_KEY": "key.pem",
        "REMINT_SERVER_TLS_CERTIFICATE": "cert.pem",
    }
    with ServerProcess(tmp_path, env) as server:
        server.wait_for_port(server.port, 30)
        url = f"https://127.0.0.1:{server.port}"
        context = ssl.create_default_context(cafile=tmp_path / "ca.pem")
        assert httpx.get(f"{url}/health/live", verify=context).status_code == 200
        assert f"Remint listens on {url}." in server.stderr
