"""The code of docs/clients.md for sessions that are bound to a key, in a browser and in Python."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest

from testing.waiting import free_port
from tests.support.alice import PASSWORD, USERNAME
from tests.support.checks.snippets import write_snippet
from tests.support.servers.browser import Pages, report_of
from tests.support.servers.databases import sqlite_url
from tests.support.servers.deployment import API, Deployment

pytestmark = [pytest.mark.slow, pytest.mark.proves("O7")]

PAGE = "docs/clients.md"
TABS = 4
LOG_IN = f"{API}/authenticate"
WINDOW = """<!doctype html><script type="module">
import { fetchWithProof } from "./dpop.mjs";
const told = [];
addEventListener("message", ({ data }) => {
  if (told.push(data) < %(tabs)d) return;
  fetch("/report", { method: "POST", body: JSON.stringify({ told, token }) });
});
const headers = { "Content-Type": "application/json" };
const known = { username: "%(name)s", password: "%(password)s", renewal: "reusable" };
const body = JSON.stringify(known);
const answer = await fetchWithProof("%(url)s%(log_in)s", { method: "POST", headers, body });
const token = (await answer.json()).refreshToken;
localStorage.setItem("token", token);
for (let tab = 0; tab < %(tabs)d; tab++) {
  document.body.appendChild(document.createElement("iframe")).src = "/tab.html";
}
</script>"""
TAB = """<!doctype html><script type="module">
import { fetchWithProof } from "./dpop.mjs";
const headers = { "Content-Type": "application/json" };
const body = JSON.stringify({ refreshToken: localStorage.getItem("token") });
async function ask() {
  const url = "%(url)s%(log_in)s/refresh";
  const renewed = await fetchWithProof(url, { method: "POST", headers, body });
  const jwt = (await renewed.json()).jwtToken;
  const own = await fetchWithProof("%(url)s/api/v1/sessions", { jwt });
  const without = await fetch(url, { method: "POST", headers, body });
  return [own.status, (await own.json()).sessions[0].bound, without.status];
}
parent.postMessage(await ask().catch(String), "*");
</script>"""


@pytest.fixture(params=["off", "required"])
def guarded(request: pytest.FixtureRequest, origin: Pages, tmp_path: Path) -> Iterator[Deployment]:
    """A service for pages of that origin, with nonces and without."""
    port = free_port()
    settings = {
        "REMINT_CORS_ORIGINS": origin.origin,
        "REMINT_DPOP_NONCE": request.param,
        "REMINT_TOKENS_ISSUER": f"http://127.0.0.1:{port}",
    }
    deployment = Deployment.on(tmp_path, sqlite_url(tmp_path / "remint.db"), settings)
    deployment.add_user()
    deployment.start(port=port)
    yield deployment
    deployment.end()


def test_tabs_share_one_key_and_one_reusable_token(
    guarded: Deployment, origin: Pages, tmp_path: Path
) -> None:
    folder = tmp_path / "pages"
    write_snippet(folder, PAGE, "js", "dpop.mjs")
    words = {"url": guarded.url, "log_in": LOG_IN, "tabs": TABS}
    words |= {"name": USERNAME, "password": PASSWORD}
    (folder / "window.html").write_text(WINDOW % words)
    (folder / "tab.html").write_text(TAB % words)
    report = report_of(origin, "window.html", tmp_path)
    assert report["told"] == [[200, True, 401]] * TABS
    stolen = {"refreshToken": report["token"]}
    answer = httpx.post(f"{guarded.url}{LOG_IN}/refresh", json=stolen)
    assert answer.json()["error"]["code"] == "invalidProof"


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    write_snippet(tmp_path, PAGE, "python", "remint_proof.py")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield import_module("remint_proof")
    del sys.modules["remint_proof"]


def test_a_python_client_proves_its_key(guarded: Deployment, library: Any) -> None:
    key, thief = library.ProofKey(), library.ProofKey()

    def sent(
        by: Any, method: str, path: str, *, jwt: str | None = None, **request: Any
    ) -> httpx.Response:
        """The answer, after the nonce that the service asked for."""
        url, headers = guarded.url + path, {"Authorization": f"DPoP {jwt}"} if jwt else {}
        headers["DPoP"] = by.proof(method, url, jwt)
        answer = httpx.request(method, url, headers=headers, **request)
        if nonce := answer.headers.get("DPoP-Nonce"):
            headers["DPoP"] = by.proof(method, url, jwt, nonce)
            answer = httpx.request(method, url, headers=headers, **request)
        return answer

    known = {"username": USERNAME, "password": PASSWORD}
    opened = sent(key, "POST", LOG_IN, json=known).raise_for_status().json()
    body = {"refreshToken": opened["refreshToken"]}
    assert sent(thief, "POST", f"{LOG_IN}/refresh", json=body).status_code == 401
    jwt = sent(key, "POST", f"{LOG_IN}/refresh", json=body).raise_for_status().json()["jwtToken"]
    answer = sent(key, "GET", f"{API}/sessions", jwt=jwt)
    assert answer.json()["sessions"][0]["bound"]
    assert sent(thief, "GET", f"{API}/sessions", jwt=jwt).status_code == 401
