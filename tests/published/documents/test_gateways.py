"""The gateways of docs/gateways.md, each before a real service, with real JWTs."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import jwt
import pytest

from domain.clients import ClientTerms, Permission
from testing.envoy import envoy
from testing.middlemen import haproxy, nginx
from testing.packages import with_programs
from testing.processes import Process
from testing.waiting import free_port, wait_until
from tests.support.checks.snippets import snippet, write_snippet
from tests.support.fakes.builders import OPERATOR
from tests.support.servers.deployment import API, Deployment, deployed

pytestmark = pytest.mark.slow

PAGE = "docs/gateways.md"
SOON = 2.0


class _Echo(BaseHTTPRequestHandler):
    """The service behind the gateway: tells which subject the gateway has named."""

    def do_GET(self) -> None:
        subject = self.headers.get("X-Subject", "").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(subject)))
        self.end_headers()
        self.wfile.write(subject)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture(scope="module")
def service() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Echo) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def guard(remint: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of the page's guard."""
    folder, port = tmp_path_factory.mktemp("guard"), free_port()
    terms = ClientTerms(may=(Permission.INTROSPECT,))
    added = remint.act(
        lambda can: can.operators.add_client("gateway", terms, is_public=False, by=OPERATOR)
    )
    for title in ("remint_revocations.py", "remint_guard.py", "remint_asgi.py"):
        write_snippet(folder, "docs/services.md", "python", title)
    published = snippet(PAGE, "python", "guard_service.py")
    own = published.replace("http://localhost:8080", remint.url)
    own = own.replace('"orders", "rms1_…"', f'"gateway", "{added.secret}"')
    (folder / "guard_service.py").write_text(own)
    command = (sys.executable, "-m", "uvicorn", "guard_service:app", f"--port={port}")
    with Process(command, logs=folder, name="guard", cwd=folder) as process:
        process.wait_for_port(port, 30.0)
        yield port


def with_own_ports(text: str, port: int, remint: Deployment, guard: int, service: int) -> str:
    """Only addresses are other than published."""
    own = {
        "http://localhost:8080": remint.url,
        "http://localhost:9000": f"http://127.0.0.1:{guard}",
        "127.0.0.1:9000": f"127.0.0.1:{guard}",
        "127.0.0.1:9001": f"127.0.0.1:{service}",
        "port_value: 8080": f"port_value: {remint.server.port}",
        "port_value: 8090": f"port_value: {port}",
        "port_value: 9000": f"port_value: {guard}",
        "port_value: 9001": f"port_value: {service}",
        "address: 0.0.0.0": "address: 127.0.0.1",
        "bind :8090": f"bind 127.0.0.1:{port}",
        "listen 8090": f"listen 127.0.0.1:{port}",
    }
    for published, replacement in own.items():
        text = text.replace(published, replacement)
    return text


@contextmanager
def behind(
    gateway: str, folder: Path, remint: Deployment, guard: int, service: int
) -> Iterator[str]:
    """The address of the gateway as published."""
    port = free_port()

    def published(language: str, title: str) -> str:
        return with_own_ports(snippet(PAGE, language, title), port, remint, guard, service)

    runs: dict[str, Callable[[], Any]] = {
        "nginx": lambda: nginx(published("nginx", "guarded.conf"), port=port, folder=folder),
        "envoy": lambda: envoy(published("yaml", "envoy.yaml"), port=port, folder=folder),
        "haproxy": lambda: haproxy(
            published("haproxy", "haproxy.cfg").replace("/etc/haproxy/remint", str(folder)),
            port=port,
            folder=folder,
        ),
    }
    with ExitStack() as stack:
        if gateway == "haproxy":
            fetch_keys(folder, remint)
        stack.enter_context(runs[gateway]())
        yield f"http://127.0.0.1:{port}/"


def fetch_keys(folder: Path, remint: Deployment) -> None:
    script = snippet(PAGE, "sh").replace("/etc/haproxy/remint", str(folder))
    script = script.replace("http://localhost:8080", remint.url)
    subprocess.run(["sh", "-ec", script], env=with_programs("curl"), check=True)


def ask(url: str, token: str | None) -> httpx.Response:
    headers = {"X-Subject": "somebody-else"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    return httpx.get(url, headers=headers, timeout=10, trust_env=False)


@pytest.mark.parametrize("gateway", ["nginx", "envoy", "haproxy"])
def test_a_gateway_lets_valid_jwts_through_and_nothing_else(
    gateway: str, remint: Deployment, guard: int, service: int, tmp_path: Path
) -> None:
    token = remint.log_in()["jwtToken"]
    claims = jwt.decode(token, options={"verify_signature": False})
    with behind(gateway, tmp_path, remint, guard, service) as url:
        wait_until(lambda: ask(url, token).status_code == 200, "an answer", 20.0)
        assert ask(url, token).text == claims["sub"]
        of_another = jwt.encode(claims, "k" * 32, headers={"typ": "at+jwt"})
        for wrong in (None, token[:-4] + "AAAA", "no-jwt", of_another):
            answer = ask(url, wrong)
            assert (answer.status_code, "WWW-Authenticate" in answer.headers) == (401, True)


@pytest.mark.parametrize("gateway", ["nginx", "envoy"])
def test_a_gateway_that_asks_the_guard_refuses_a_revoked_jwt(
    gateway: str, remint: Deployment, guard: int, service: int, tmp_path: Path
) -> None:
    tokens = remint.log_in()
    with behind(gateway, tmp_path, remint, guard, service) as url:
        wait_until(lambda: ask(url, tokens["jwtToken"]).status_code == 200, "an answer", 20.0)
        body = {"refreshToken": tokens["refreshToken"]}
        httpx.post(f"{remint.url}{API}/authenticate/revoke", json=body).raise_for_status()
        began = time.monotonic()
        wait_until(lambda: ask(url, tokens["jwtToken"]).status_code == 401, "a refusal", 20.0)
        assert time.monotonic() - began < SOON
        answer = ask(url, tokens["jwtToken"])
        assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_haproxy_accepts_a_new_key_and_forgets_a_removed_one(service: int, tmp_path: Path) -> None:
    port = free_port()
    issuer = {"REMINT_TOKENS_ISSUER": f"http://127.0.0.1:{port}"}
    with deployed(tmp_path, settings=issuer, port=port) as remint:
        before = remint.log_in()["jwtToken"]
        removed = jwt.get_unverified_header(before)["kid"]
        (gateway := tmp_path / "gateway").mkdir()
        fetch_keys(gateway, remint)
        remint.run("keys", "remove", removed)
        wait_until(lambda: key_of(remint) != removed, "another signing key", 30.0)
        fetch_keys(gateway, remint)
        after = remint.log_in()["jwtToken"]
        with behind("haproxy", gateway, remint, 0, service) as url:
            assert ask(url, after).status_code == 200
            assert ask(url, before).status_code == 401


def key_of(remint: Deployment) -> str:
    return str(jwt.get_unverified_header(remint.log_in()["jwtToken"])["kid"])
