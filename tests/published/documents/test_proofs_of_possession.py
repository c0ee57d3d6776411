"""Unmodified libraries prove possession of a key to a real server (RFC 9449)."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import httpx
import jwt
import pytest
import requests
from requests_oauth2client import DPoPToken, OAuth2Client

from testing.waiting import free_port
from tests.support.alice import PASSWORD, USERNAME
from tests.support.fakes.other_parties import Party
from tests.support.servers.databases import sqlite_url
from tests.support.servers.deployment import API, Deployment
from tests.support.servers.node import run_node

pytestmark = [pytest.mark.slow, pytest.mark.proves("O7")]

ISSUER = Party()

IN_NODE = """
import * as oauth from "oauth4webapi";

const { URL: ADDRESS, ASSERTION } = process.env;
const insecure = { [oauth.allowInsecureRequests]: true };
const issuer = new URL(ADDRESS);
const found = await oauth.discoveryRequest(issuer, { algorithm: "oauth2", ...insecure });
const server = await oauth.processDiscoveryResponse(issuer, found);
const client = { client_id: "remint" };
const DPoP = oauth.DPoP(client, await oauth.generateKeyPair("ES256"));
const options = { DPoP, ...insecure };

async function retried(act) {
  try {
    return await act();
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error;
    return await act();
  }
}

const opened = await retried(async () =>
  oauth.processGenericTokenEndpointResponse(server, client,
    await oauth.genericTokenEndpointRequest(server, client, oauth.None(),
      "urn:ietf:params:oauth:grant-type:jwt-bearer", { assertion: ASSERTION }, options)));
const renewed = await retried(async () =>
  oauth.processRefreshTokenResponse(server, client,
    await oauth.refreshTokenGrantRequest(
      server, client, oauth.None(), opened.refresh_token, options)));
const own = await retried(() =>
  oauth.protectedResourceRequest(renewed.access_token, "GET",
    new URL(`${ADDRESS}/api/v1/sessions`), undefined, null, options));
const thumbprint = await DPoP.calculateThumbprint();
console.log(JSON.stringify({ opened, renewed, own: await own.json(), thumbprint }));
"""


@pytest.fixture(params=["off", "required"])
def guarded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Deployment]:
    """A server that asks for nonces, and one that does not."""
    port = free_port()
    settings = {
        "REMINT_DPOP_NONCE": request.param,
        "REMINT_TOKENS_ISSUER": f"http://127.0.0.1:{port}",
    }
    deployment = Deployment.on(tmp_path, sqlite_url(tmp_path / "remint.db"), settings)
    deployment.add_user()
    file = tmp_path / "jwks.json"
    file.write_text(ISSUER.jwks())
    deployment.run("issuers", "add", "own", "--jwks", str(file), "--audience", "remint")
    deployment.start(port=port)
    yield deployment
    deployment.end()


def assertion() -> str:
    now = int(time.time())
    claims = {"iss": "own", "sub": "4711", "aud": "remint", "iat": now, "exp": now + 60}
    return ISSUER.sign({**claims, "jti": str(uuid4())})


def bound_to(token: str) -> str:
    return str(jwt.decode(token, options={"verify_signature": False})["cnf"]["jkt"])


def test_oauth4webapi_proves_its_key_at_every_step(guarded: Deployment, packages: Path) -> None:
    driver = packages / "dpop.mjs"
    driver.write_text(IN_NODE)
    said = run_node(driver, URL=guarded.url, ASSERTION=assertion())
    for answer in (said["opened"], said["renewed"]):
        assert answer["token_type"].lower() == "dpop"
        assert bound_to(answer["access_token"]) == said["thumbprint"]
    [session] = said["own"]["sessions"]
    assert session["bound"]


def test_requests_oauth2client_proves_its_key_at_every_step(guarded: Deployment) -> None:
    client = OAuth2Client(
        token_endpoint=f"{guarded.url}/oauth/token",
        client_id="remint",
        dpop_bound_access_tokens=True,
        testing=True,
    )
    opened = client.jwt_bearer(assertion(), dpop=True)
    assert isinstance(opened, DPoPToken)
    renewed = client.refresh_token(opened)
    assert isinstance(renewed, DPoPToken)
    assert bound_to(renewed.access_token) == opened.dpop_key.dpop_jkt
    answer = requests.get(f"{guarded.url}{API}/sessions", auth=renewed, timeout=10)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_captured_requests_are_worth_nothing_at_any_instance(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    """Each captured pair of token and proof is replayed at both instances, in parallel."""
    url = (
        sqlite_url(tmp_path / "remint.db")
        if kind == "sqlite"
        else str(request.getfixturevalue("postgres_url"))
    )
    public = "https://auth.example"
    settings = {"REMINT_TOKENS_ISSUER": public, "REMINT_LOG_LEVEL": "warning"}
    twins = Deployment.on(tmp_path, url, settings)
    try:
        twins.add_user()
        for _ in range(2):
            twins.start()
        party = Party(kid=None)
        path = f"{API}/authenticate"
        body = {"username": USERNAME, "password": PASSWORD}
        proof = party.proof("POST", public + path, time.time())
        opened = httpx.post(f"{twins.url}{path}", json=body, headers={"DPoP": proof})
        token = opened.raise_for_status().json()["refreshToken"]

        def replayed(captured: str) -> list[int]:
            with httpx.Client() as client:
                return [
                    client.post(
                        f"{twins.urls[turn % 2]}{path}/refresh",
                        json={"refreshToken": token},
                        headers={"DPoP": captured},
                    ).status_code
                    for turn in range(10)
                ]

        pairs = [party.proof("POST", f"{public}{path}/refresh", time.time()) for _ in range(50)]
        with ThreadPoolExecutor(8) as threads:
            for answers in threads.map(replayed, [*pairs, *pairs]):
                assert set(answers) <= {200, 401}
                assert answers[1:] == [401] * 9
        final = party.proof("POST", f"{public}{path}/refresh", time.time())
        assert replayed(final)[0] == 200
    finally:
        twins.end()
