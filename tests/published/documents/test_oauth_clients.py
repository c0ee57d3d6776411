"""The clients of docs/oauth.md: unmodified OAuth libraries against a real server."""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import httpx
import jwt
import pytest
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from joserfc.jwk import KeySet

from domain.clients import ClientTerms, Permission
from domain.sessions import Renewal
from testing.processes import Process
from testing.waiting import free_port
from tests.support.checks.snippets import write_snippet
from tests.support.fakes.builders import OPERATOR
from tests.support.servers.deployment import API, Deployment
from tests.support.servers.node import node, run_node

pytestmark = [pytest.mark.slow, pytest.mark.proves("O1", "O4", "O5", "O6")]

PAGE = "docs/oauth.md"
IN_PYTHON = (
    *("authlib_client.py", "requests_oauthlib_client.py", "requests_oauth2client_client.py"),
    "httpx_oauth_client.py",
)
IN_NODE = ("oauth4webapi.mjs", "openid-client.mjs", "simple-oauth2.mjs", "badgateway.mjs")
CANNOT_REVOKE = {"requests_oauthlib_client.py", "badgateway.mjs"}
CANNOT_INTROSPECT = {"requests_oauthlib_client.py", "simple-oauth2.mjs", "httpx_oauth_client.py"}
CALENDAR = "calendar"

NODE_DRIVER = """
import * as library from "./%s";
const [name, token] = JSON.parse(process.env.CALL);
const said = await library[name](token).then((done) => ({ done: done ?? null }), (error) => ({
  error: error.error ?? error.data?.payload?.error ?? error.oauth2Code ?? String(error),
}));
console.log(JSON.stringify(said));
"""


class Library(Protocol):
    """What the page's code does with a library."""

    def __call__(self, act: str, token: str) -> Any: ...


@dataclass(frozen=True)
class InPython:
    module: Any

    def __call__(self, act: str, token: str) -> Any:
        return getattr(self.module, act)(token)


@dataclass(frozen=True)
class InNode:
    folder: Path
    title: str

    def __call__(self, act: str, token: str) -> Any:
        driver = self.folder / "driver.mjs"
        driver.write_text(NODE_DRIVER % self.title)
        said = run_node(driver, CALL=json.dumps([act, token]))
        if "error" in said:
            raise RuntimeError(said["error"])
        return said["done"]


@pytest.fixture(scope="module")
def calendar(remint: Deployment) -> str:
    """The secret of the client."""
    terms = ClientTerms(may=(Permission.INTROSPECT, Permission.OPEN_SESSIONS))
    added = remint.act(
        lambda can: can.operators.add_client(CALENDAR, terms, is_public=False, by=OPERATOR)
    )
    assert added.secret
    return added.secret


@pytest.fixture(params=[*IN_PYTHON, *IN_NODE])
def title(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def library(
    request: pytest.FixtureRequest,
    title: str,
    remint: Deployment,
    calendar: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Library]:
    """Only address and secret are other than published."""
    in_python = title in IN_PYTHON
    folder = tmp_path if in_python else request.getfixturevalue("packages")
    file = write_snippet(folder, PAGE, "python" if in_python else "js", title)
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("http://localhost:8080", remint.url).replace("rms1_…", calendar))
    if not in_python:
        yield InNode(folder, title)
        return
    monkeypatch.syspath_prepend(str(folder))
    yield InPython(import_module(file.stem))
    del sys.modules[file.stem]


def opened(remint: Deployment, secret: str, renewal: Renewal) -> dict[str, Any]:
    answer = httpx.post(
        f"{remint.url}{API}/users/4711/sessions",
        json={"client": CALENDAR, "renewal": renewal},
        auth=(CALENDAR, secret),
    )
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def subject_of(token: str) -> str:
    return str(jwt.decode(token, options={"verify_signature": False})["sub"])


def test_a_reusable_session_is_refreshed(
    remint: Deployment, library: Library, calendar: str
) -> None:
    token = opened(remint, calendar, Renewal.REUSABLE)["refreshToken"]
    for _ in range(2):
        said = library("refresh", token)
        assert subject_of(said["access_token"]) == "4711"
        assert said.get("refresh_token") in (None, token)


def test_a_rotating_session_is_refreshed_and_a_lost_answer_is_repeated(
    remint: Deployment, library: Library, calendar: str
) -> None:
    first = opened(remint, calendar, Renewal.ROTATING)["refreshToken"]
    lost = library("refresh", first)
    again = library("refresh", first)
    assert again["refresh_token"] == lost["refresh_token"] != first
    assert subject_of(library("refresh", again["refresh_token"])["access_token"]) == "4711"


def test_a_session_that_is_over_is_an_invalid_grant(
    remint: Deployment, library: Library, calendar: str
) -> None:
    token = opened(remint, calendar, Renewal.ROTATING)["refreshToken"]
    body = {"refreshToken": token}
    httpx.post(
        f"{remint.url}{API}/authenticate/revoke", json=body, auth=(CALENDAR, calendar)
    ).raise_for_status()
    with pytest.raises(Exception) as refused:  # noqa: PT011 (each library has a class of its own)
        library("refresh", token)
    response: Any = getattr(refused.value, "response", None)
    said = response.text if isinstance(response, httpx.Response) else ""
    assert re.search("invalid_?grant", repr(refused.value) + said, re.IGNORECASE)


def test_a_token_is_revoked(
    remint: Deployment, library: Library, title: str, calendar: str
) -> None:
    if title in CANNOT_REVOKE:
        return
    token = opened(remint, calendar, Renewal.REUSABLE)["refreshToken"]
    library("revoke", token)
    answer = httpx.post(
        f"{remint.url}{API}/authenticate/refresh",
        json={"refreshToken": token},
        auth=(CALENDAR, calendar),
    )
    assert answer.json()["error"]["details"][0]["code"] == "sessionRevoked"


def test_a_jwt_is_introspected(
    remint: Deployment, library: Library, title: str, calendar: str
) -> None:
    if title in CANNOT_INTROSPECT:
        return
    session = opened(remint, calendar, Renewal.REUSABLE)
    said = library("introspect", session["jwtToken"])
    assert (said["active"], said["sub"], said["sid"]) == (True, "4711", session["sessionId"])
    httpx.delete(
        f"{remint.url}{API}/sessions/{session['sessionId']}",
        headers={"Authorization": f"Bearer {session['jwtToken']}"},
    ).raise_for_status()
    assert library("introspect", session["jwtToken"])["active"] is False


def test_oauth4webapi_validates_the_jwt_by_discovery_alone(
    remint: Deployment, calendar: str, packages: Path
) -> None:
    token = opened(remint, calendar, Renewal.REUSABLE)["jwtToken"]
    file = write_snippet(packages, PAGE, "js", "oauth4webapi.mjs")
    file.write_text(file.read_text().replace("http://localhost:8080", remint.url))
    driver = packages / "validate.mjs"
    driver.write_text("""
        import { claimsOf } from "./oauth4webapi.mjs";
        const headers = { Authorization: `Bearer ${process.env.TOKEN}` };
        const claims = await claimsOf(new Request("http://service.test/", { headers }));
        console.log(JSON.stringify(claims));
    """)
    claims = run_node(driver, TOKEN=token)
    assert (claims["sub"], claims["client_id"]) == ("4711", CALENDAR)


def test_authlib_validates_the_jwt_as_rfc_9068_has_it(remint: Deployment, calendar: str) -> None:
    server = httpx.get(f"{remint.url}/.well-known/openid-configuration").json()

    class Validator(JWTBearerTokenValidator):  # type: ignore[misc]
        def get_jwks(self) -> Any:
            return KeySet.import_key_set(httpx.get(server["jwks_uri"]).json())

    validator = Validator(issuer=server["issuer"], resource_server="remint")
    claims = validator.authenticate_token(opened(remint, calendar, Renewal.REUSABLE)["jwtToken"])
    validator.validate_token(claims, [], None)
    assert claims["sub"] == "4711"


def test_a_service_finds_the_keys_by_the_issuer_alone(
    remint: Deployment, calendar: str, packages: Path
) -> None:
    token = opened(remint, calendar, Renewal.REUSABLE)["jwtToken"]
    file = write_snippet(packages, PAGE, "js", "express-bearer.mjs")
    file.write_text(file.read_text().replace("http://localhost:8080", remint.url))
    port = free_port()
    command = (str(node()), file.name)
    with Process(
        command, logs=packages, name="bearer", env={"PORT": str(port)}, cwd=packages
    ) as service:
        service.wait_for_port(port, 30.0)

        def me(presented: str) -> httpx.Response:
            headers = {"Authorization": f"Bearer {presented}"}
            return httpx.get(f"http://127.0.0.1:{port}/me", headers=headers)

        assert me(token).json()["sub"] == "4711"
        assert me(token[:-4] + "AAAA").status_code == 401


def test_get_jwks_finds_the_key_of_a_jwt_by_discovery(
    remint: Deployment, calendar: str, packages: Path
) -> None:
    token = opened(remint, calendar, Renewal.REUSABLE)["jwtToken"]
    driver = packages / "get-jwks.mjs"
    driver.write_text("""
        import buildGetJwks from "get-jwks";
        const { ISSUER, KID } = process.env;
        const getJwks = buildGetJwks({ issuersWhitelist: [ISSUER], providerDiscovery: true });
        const key = await getJwks.getPublicKey({ domain: ISSUER, alg: "ES256", kid: KID });
        console.log(JSON.stringify({ key }));
    """)
    kid = jwt.get_unverified_header(token)["kid"]
    key = run_node(driver, ISSUER=remint.url, KID=kid)["key"]
    claims = jwt.decode(token, key, algorithms=["ES256"], audience="remint")
    assert claims["sub"] == "4711"
