"""Trusted issuers as docs/oauth.md has them: a real OpenID provider, and a back end's own key."""

import json
import os
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from domain.clients import ClientTerms
from testing.waiting import free_port, wait_until
from tests.support.checks.snippets import write_snippet
from tests.support.fakes.builders import OPERATOR
from tests.support.fakes.other_parties import Party
from tests.support.servers.deployment import Deployment
from tests.support.servers.node import run_node
from tests.support.servers.openid_provider import CLIENT, OpenIdProvider, openid_provider

pytestmark = [pytest.mark.slow]

PAGE = "docs/oauth.md"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
PAUSE = 10.0
"""Seconds between two downloads of one key set."""


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def provider(packages: Path, port: int) -> Iterator[OpenIdProvider]:
    with openid_provider(packages, Party.of("RS256", "first"), port) as provider:
        yield provider


def trust(remint: Deployment, tmp_path: Path, provider: OpenIdProvider) -> None:
    """As the page has it, with other addresses."""
    text = write_snippet(tmp_path, PAGE, "sh", "trust_issuer.sh").read_text()
    words = shlex.split(text.replace("\\\n", "").replace("http://localhost:3000", provider.issuer))
    assert words.pop(0) == "remint"
    assert provider.jwks_uri in words
    remint.run(*words)


def exchanged(remint: Deployment, assertion: str, **more: str) -> httpx.Response:
    form = {"grant_type": GRANT, "assertion": assertion, **more}
    return httpx.post(f"{remint.url}/oauth/token", data=form, timeout=30.0)


def claims_of(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


def test_an_id_token_opens_a_session_and_its_issuer_rotates_its_keys(
    remint: Deployment, provider: OpenIdProvider, packages: Path, port: int, tmp_path: Path
) -> None:
    id_token = provider.id_token("ada")
    assert exchanged(remint, id_token).json()["error"] == "invalid_grant"
    trust(remint, tmp_path, provider)
    opened = exchanged(remint, id_token).raise_for_status().json()
    claims = claims_of(opened["access_token"])
    assert (claims["sub"], claims["email"]) == ("op:ada", "ada@shop.example")
    form = {"grant_type": "refresh_token", "refresh_token": opened["refresh_token"]}
    renewed = httpx.post(f"{remint.url}/oauth/token", data=form).raise_for_status().json()
    assert claims_of(renewed["access_token"])["email"] == "ada@shop.example"


def test_a_key_that_the_provider_rotated_is_found(
    remint: Deployment, packages: Path, port: int, tmp_path: Path
) -> None:
    with openid_provider(packages, Party.of("RS256", "first"), port) as before:
        trust(remint, tmp_path, before)
        old = before.id_token("bob")
        assert exchanged(remint, old).status_code == 200
    with openid_provider(packages, Party.of("PS256", "second"), port) as after:
        new = after.id_token("bob")
        deadline = time.monotonic() + 2 * PAUSE
        while (answer := exchanged(remint, new)).status_code != 200:
            assert answer.json()["error"] == "invalid_grant"
            assert time.monotonic() < deadline
            time.sleep(0.5)
        assert claims_of(answer.json()["access_token"])["sub"] == "op:bob"
        assert exchanged(remint, old).json()["error"] == "invalid_grant"


def test_oauth4webapi_and_curl_exchange_an_id_token(
    remint: Deployment, provider: OpenIdProvider, packages: Path, tmp_path: Path
) -> None:
    trust(remint, tmp_path, provider)
    added = remint.act(
        lambda can: can.operators.add_client("planner", ClientTerms(), is_public=False, by=OPERATOR)
    )
    assert added.secret
    file = write_snippet(packages, PAGE, "js", "exchange.mjs")
    text = file.read_text().replace("http://localhost:8080", remint.url)
    file.write_text(text.replace("rms1_…", added.secret).replace("calendar", "planner"))
    driver = packages / "drive-exchange.mjs"
    driver.write_text(
        'import { open } from "./exchange.mjs";'
        "console.log(JSON.stringify(await open(process.env.ID_TOKEN)));"
    )
    said = run_node(driver, ID_TOKEN=provider.id_token("eve"))
    claims = claims_of(said["access_token"])
    assert (claims["sub"], claims["client_id"]) == ("op:eve", "planner")

    script = write_snippet(tmp_path, PAGE, "sh", "exchange.sh")
    script.write_text(script.read_text().replace("http://localhost:8080", remint.url))
    done = subprocess.run(
        ["sh", script],
        env=os.environ | {"ID_TOKEN": provider.id_token("eve")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert claims_of(json.loads(done.stdout)["access_token"])["sub"] == "op:eve"


@pytest.fixture
def own_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module of the page."""
    write_snippet(tmp_path, PAGE, "python", "own_key.py")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield import_module("own_key")
    del sys.modules["own_key"]


def test_a_back_end_opens_sessions_with_its_own_key(
    remint: Deployment, own_key: Any, tmp_path: Path
) -> None:
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(own_key.JWKS))
    remint.run("issuers", "add", "my-app", "--jwks", str(file), "--audience", "remint")
    assertion = own_key.assertion("4711")
    opened = exchanged(remint, assertion).raise_for_status().json()
    assert claims_of(opened["access_token"])["sub"] == "4711"
    again = exchanged(remint, assertion)
    assert again.json()["error_description"].endswith("Cause: replayed.")
    remint.run("issuers", "delete", "my-app")
    assert exchanged(remint, own_key.assertion("4711")).json()["error"] == "invalid_grant"
    form = {"grant_type": "refresh_token", "refresh_token": opened["refresh_token"]}
    httpx.post(f"{remint.url}/oauth/token", data=form).raise_for_status()


@pytest.fixture
def signer(remint: Deployment, packages: Path, tmp_path: Path) -> Iterator[Party]:
    """A client with keys, whose private key lies where the page reads it."""
    party = Party(kid="1")
    (tmp_path / "jwks.json").write_text(party.jwks())
    private = {**party.key.export_private(as_dict=True), "kid": "1"}
    for folder in (tmp_path, packages):
        (folder / "private.jwk").write_text(json.dumps(private))
    remint.run("clients", "add", "signer", "--jwks", str(tmp_path / "jwks.json"))
    yield party
    remint.run("clients", "delete", "signer")


def test_libraries_authenticate_with_a_private_key(
    remint: Deployment,
    signer: Party,
    own_key: Any,
    packages: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(own_key.JWKS))
    words = ("--jwks", str(file), "--audience", "remint", "--client", "signer", "--replace")
    remint.run("issuers", "add", "my-app", *words)

    file = write_snippet(tmp_path, PAGE, "python", "private_key.py")
    file.write_text(file.read_text().replace("http://localhost:8080", remint.url))
    monkeypatch.chdir(tmp_path)
    library = import_module("private_key")
    opened = library.open_session(own_key.assertion("4711"))
    assert claims_of(opened["access_token"])["client_id"] == "signer"
    assert claims_of(library.refresh(opened["refresh_token"])["access_token"])["sub"] == "4711"
    del sys.modules["private_key"]

    file = write_snippet(packages, PAGE, "js", "private-key.mjs")
    text = file.read_text().replace("http://localhost:8080", remint.url)
    file.write_text(text.replace("private.jwk", str(packages / "private.jwk")))
    driver = packages / "drive-private-key.mjs"
    driver.write_text(
        'import { refresh, openSession } from "./private-key.mjs";'
        "const opened = await openSession(process.env.ASSERTION);"
        "console.log(JSON.stringify(await refresh(opened.refresh_token)));"
    )
    said = run_node(driver, ASSERTION=own_key.assertion("4711"))
    assert claims_of(said["access_token"])["client_id"] == "signer"

    assert exchanged(remint, own_key.assertion("4711")).json()["error"] == "invalid_client"


def test_no_refresh_waits_for_an_issuer_that_does_not_answer(remint: Deployment) -> None:
    """The key set is at an address that accepts connections and says nothing."""
    token = remint.open_session()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/keys"
        remint.run("issuers", "add", "silent", "--jwks", url, "--audience", CLIENT)
        assertion = Party().sign({"iss": "silent", "sub": "a", "aud": CLIENT, "exp": 1 << 40})
        with ThreadPoolExecutor(1) as thread:
            waiting = thread.submit(exchanged, remint, assertion)
            accepted, _ = silent.accept()
            for _ in range(20):
                answer = httpx.post(
                    f"{remint.url}/api/v1/authenticate/refresh", json={"refreshToken": token}
                )
                assert answer.status_code == 200
            assert not waiting.done()
            answer = waiting.result()
            accepted.close()
        assert answer.status_code == 503
        assert answer.json()["error"] == "temporarily_unavailable"
        assert int(answer.headers["Retry-After"]) >= 1
        wait_until(lambda: "longer than 5 seconds" in remint.output, "a line in the log")
    remint.run("issuers", "delete", "silent")
