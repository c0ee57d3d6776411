"""The code of docs/services.md, in services of both languages and against a real server."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from domain.clients import ClientTerms, Permission
from testing.processes import Process
from testing.waiting import free_port, wait_until
from tests.support.alice import USERNAME
from tests.support.checks.snippets import write_snippet
from tests.support.fakes.builders import OPERATOR
from tests.support.faults.faults import FaultyProxy
from tests.support.servers.deployment import API, Deployment
from tests.support.servers.node import node, npm_install

pytestmark = pytest.mark.slow

PAGE = "docs/services.md"
LOCKED = Path(__file__).parent / "npm"
MOST_LINES = 60
SOON = 2.0
OLDEST = 3.0
KITS = {
    "python": (
        *("remint_revocations.py", "remint_guard.py"),
        *("remint_asgi.py", "fastapi_service.py"),
    ),
    "js": (
        *("remint-revocations.mjs", "remint-guard.mjs"),
        *("express-service.mjs", "fastify-service.mjs"),
    ),
}
SERVICES = ("fastapi", "express", "fastify")


@pytest.fixture(scope="module")
def orders(remint: Deployment) -> str:
    """The secret of the service's client."""
    terms = ClientTerms(may=(Permission.INTROSPECT,))
    added = remint.act(
        lambda can: can.operators.add_client("orders", terms, is_public=False, by=OPERATOR)
    )
    assert added.secret
    return added.secret


def write_kit(
    folder: Path, language: str, remint: Deployment, follow: str, secret: str, when_older: str
) -> None:
    """The page's code. Only addresses, the secret and the settings are other than published."""
    own = {
        "rms1_…": secret,
        "Revocations(REMINT,": f'Revocations("{follow}",',
        "url: issuer": f'url: "{follow}"',
        "http://localhost:8080": remint.url,
        '"wait": 10': '"wait": 1',
        "&wait=10": "&wait=1",
        "oldest=60": f"oldest={OLDEST}",
        "oldest: 60": f"oldest: {OLDEST}",
        'when_older="refuse"': f'when_older="{when_older}"',
        'whenOlder: "refuse"': f'whenOlder: "{when_older}"',
    }
    for title in KITS[language]:
        file = write_snippet(folder, PAGE, language, title)
        text = file.read_text(encoding="utf-8")
        assert len([line for line in text.splitlines() if line.strip()]) <= MOST_LINES
        for published, replacement in own.items():
            text = text.replace(published, replacement)
        file.write_text(text, encoding="utf-8")


@dataclass
class Service:
    """A service that verifies JWTs, and the network through which it follows Remint."""

    process: Process
    url: str
    network: FaultyProxy

    def me(self, authorization: str | None) -> httpx.Response:
        headers = {} if authorization is None else {"Authorization": authorization}
        return httpx.get(f"{self.url}/me", headers=headers, timeout=30)

    def status(self, token: str) -> int:
        return self.me(f"Bearer {token}").status_code

    def answers(self, status: int, token: str, within: float = 20.0) -> float:
        """Wait until the service answers so; give the seconds."""
        began = time.monotonic()
        wait_until(lambda: self.status(token) == status, f"an answer {status}", within)
        return time.monotonic() - began


@contextmanager
def serving(
    kind: str, folder: Path, remint: Deployment, secret: str, when_older: str = "refuse"
) -> Iterator[Service]:
    port = free_port()
    language = "python" if kind == "fastapi" else "js"
    command = [sys.executable, "-m", "uvicorn", "fastapi_service:app", f"--port={port}"]
    if language == "js":
        npm_install(LOCKED, folder)
        command = [str(node()), f"{kind}-service.mjs"]
    with FaultyProxy(remint.server.port) as network:
        follow = f"http://127.0.0.1:{network.port}"
        write_kit(folder, language, remint, follow, secret, when_older)
        own = {"PORT": str(port)}
        with Process(command, logs=folder, name="service", env=own, cwd=folder) as process:
            process.wait_for_port(port, 30.0)
            yield Service(process, f"http://127.0.0.1:{port}", network)


@pytest.fixture(scope="module", params=SERVICES)
def service(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    remint: Deployment,
    orders: str,
) -> Iterator[Service]:
    with serving(request.param, tmp_path_factory.mktemp("service"), remint, orders) as service:
        yield service


def log_out(remint: Deployment, tokens: dict[str, str]) -> None:
    body = {"refreshToken": tokens["refreshToken"]}
    httpx.post(f"{remint.url}{API}/authenticate/revoke", json=body).raise_for_status()


def test_a_service_knows_the_claims_of_a_jwt_and_refuses_all_else(
    remint: Deployment, service: Service
) -> None:
    token = remint.log_in()["jwtToken"]
    service.answers(200, token)
    claims = jwt.decode(token, options={"verify_signature": False})
    assert service.me(f"bearer {token}").json() == claims
    for none in (None, "", "Basic YTpi"):
        answer = service.me(none)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    unknown_key = jwt.encode({"sub": "4711"}, "x" * 32, headers={"kid": "another"})
    for wrong in (token[:-4] + "AAAA", "no-jwt", "a b", unknown_key):
        answer = service.me(f"Bearer {wrong}")
        challenge = answer.headers["WWW-Authenticate"]
        assert (answer.status_code, challenge) == (401, 'Bearer error="invalid_token"')


def test_a_log_out_reaches_the_service(remint: Deployment, service: Service) -> None:
    here, there = remint.log_in(), remint.log_in()
    service.answers(200, here["jwtToken"])
    log_out(remint, here)
    assert service.answers(401, here["jwtToken"]) < SOON
    assert service.status(there["jwtToken"]) == 200


def test_new_rights_reach_the_service_and_nobody_is_logged_out(
    remint: Deployment, service: Service
) -> None:
    before = remint.log_in()
    service.answers(200, before["jwtToken"])
    role = f"role-{time.monotonic_ns()}"
    remint.run("users", "set", USERNAME, "--role", role)
    assert service.answers(401, before["jwtToken"]) < SOON
    after = remint.refresh(before["refreshToken"]).json()["jwtToken"]
    assert service.me(f"Bearer {after}").json()["roles"] == [role]


def test_a_service_that_was_paused_lets_nobody_in_whom_it_has_missed(
    remint: Deployment, service: Service
) -> None:
    tokens = remint.log_in()
    service.answers(200, tokens["jwtToken"])
    service.process.pause()
    log_out(remint, tokens)
    time.sleep(OLDEST + 1)
    service.process.resume()
    seen = {service.status(tokens["jwtToken"]) for _ in range(20)}
    assert seen <= {401, 503}
    service.answers(401, tokens["jwtToken"])


def test_a_service_that_is_cut_off_refuses_until_it_knows_again(
    remint: Deployment, service: Service
) -> None:
    gone, stays = remint.log_in(), remint.log_in()
    service.answers(200, stays["jwtToken"])
    service.network.refuse()
    service.network.cut()
    log_out(remint, gone)
    service.answers(503, stays["jwtToken"])
    answer = service.me(f"Bearer {gone['jwtToken']}")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    service.network.listen()
    service.answers(200, stays["jwtToken"])
    assert service.status(gone["jwtToken"]) == 401


@pytest.mark.parametrize("kind", ["fastapi", "express"])
def test_a_service_can_continue_while_it_is_cut_off_and_says_so(
    kind: str, remint: Deployment, orders: str, tmp_path: Path
) -> None:
    tokens = remint.log_in()
    with serving(kind, tmp_path, remint, "rms1_wrong", "continue") as blind:
        log_out(remint, tokens)
        time.sleep(OLDEST + 1)
        assert blind.status(tokens["jwtToken"]) == 200
        assert "No revocations for inf" in blind.process.output.replace("Infinity", "inf")
    (started_anew := tmp_path / "anew").mkdir()
    with serving(kind, started_anew, remint, orders, "continue") as following:
        following.answers(401, tokens["jwtToken"])


# The follower itself, which needs no service.


@pytest.fixture
def follower(
    remint: Deployment, orders: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    write_snippet(tmp_path, PAGE, "python", "remint_revocations.py")
    monkeypatch.syspath_prepend(str(tmp_path))
    follower = import_module("remint_revocations").Revocations(remint.url, "orders", orders)
    wait_until(lambda: follower.age < 1, "a first answer")
    yield follower
    follower.close()
    del sys.modules["remint_revocations"]


def is_revoked(follower: Any, token: str) -> bool:
    claims = jwt.decode(token, options={"verify_signature": False})
    return bool(follower.is_revoked(jwt.get_unverified_header(token), claims))


def test_a_follower_that_was_away_for_longer_than_lines_are_kept_begins_anew(
    remint: Deployment, follower: Any
) -> None:
    tokens = remint.log_in()
    log_out(remint, tokens)
    wait_until(lambda: is_revoked(follower, tokens["jwtToken"]), "a revocation", 5.0)
    follower._lines, follower._older, follower._kept_for = {}, {}, 0.0
    follower._ask()
    assert is_revoked(follower, tokens["jwtToken"])


def test_what_a_follower_remembers_is_bounded_and_what_is_beyond_is_refused(
    remint: Deployment, follower: Any
) -> None:
    sys.modules["remint_revocations"].MOST = len(follower._lines)  # type: ignore[attr-defined]
    bystander, ended = remint.log_in(), [remint.log_in() for _ in range(3)]
    for tokens in ended:
        log_out(remint, tokens)
    wait_until(lambda: is_revoked(follower, ended[-1]["jwtToken"]), "a revocation", 5.0)
    known = len(follower._lines)
    assert is_revoked(follower, bystander["jwtToken"])
    renewed = remint.refresh(bystander["refreshToken"]).json()["jwtToken"]
    claims = jwt.decode(renewed, options={"verify_signature": False})
    later = claims | {"iat": claims["iat"] + 3}
    assert not follower.is_revoked(jwt.get_unverified_header(renewed), later)
    assert known <= sys.modules["remint_revocations"].MOST + 1


def test_a_follower_forgets_what_no_jwt_can_be_concerned_by(follower: Any) -> None:
    follower._lines, follower._older = {("sid", "old"): 2**40}, {}
    for _ in range(2):
        follower._turned_at, follower._cursor = float("-inf"), None
        follower._ask()
    assert ("sid", "old") not in follower._lines | follower._older
