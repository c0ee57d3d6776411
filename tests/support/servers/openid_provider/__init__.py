"""A real OpenID provider (npm oidc-provider), and a person who logs in there with a browser."""

import hashlib
import json
import re
import secrets
import shutil
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from testing.processes import Process
from tests.support.fakes.other_parties import Party
from tests.support.servers.node import node

CLIENT = "shop"
CALLBACK = "http://127.0.0.1/callback"
SCRIPT = Path(__file__).parent / "provider.mjs"


@dataclass(frozen=True)
class OpenIdProvider:
    """Issues ID tokens whose audience is CLIENT, with a claim `email`."""

    issuer: str

    @property
    def jwks_uri(self) -> str:
        return str(self._metadata["jwks_uri"])

    @property
    def _metadata(self) -> dict[str, str]:
        found: dict[str, str] = httpx.get(f"{self.issuer}/.well-known/openid-configuration").json()
        return found

    def id_token(self, login: str) -> str:
        """What the client gets after somebody logged in and agreed (code flow with PKCE)."""
        verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "client_id": CLIENT,
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "scope": "openid email",
            "code_challenge": urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        with httpx.Client(base_url=self.issuer) as browser:
            code = _code(browser, browser.get("/auth", params=asked), login)
            form = {
                "grant_type": "authorization_code",
                "client_id": CLIENT,
                "redirect_uri": CALLBACK,
                "code": code,
                "code_verifier": verifier,
            }
            return str(browser.post("/token", data=form).raise_for_status().json()["id_token"])


def _code(browser: httpx.Client, page: httpx.Response, login: str) -> str:
    """Follow redirects and fill in forms until the provider is content."""
    for _ in range(10):
        location = page.headers.get("Location", "")
        if location.startswith(CALLBACK):
            return str(httpx.URL(location).params["code"])
        if location:
            page = browser.get(location)
            continue
        [action] = re.findall(r'action="([^"]+)"', page.text)
        hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text))
        page = browser.post(action, data={"login": login, "password": "any", **hidden})
    raise AssertionError(page.text)


@contextmanager
def openid_provider(packages: Path, party: Party, port: int) -> Iterator[OpenIdProvider]:
    """The provider, which signs with the key of `party`.

    Args:
        packages: where npm has installed oidc-provider.
    """
    issuer = f"http://127.0.0.1:{port}"
    key = {**party.key.export_private(as_dict=True), "kid": party.kid}
    environment = {"ISSUER": issuer, "PORT": str(port), "KEYS": json.dumps({"keys": [key]})}
    shutil.copy(SCRIPT, packages)
    command = (str(node()), SCRIPT.name)
    with Process(command, logs=packages, name="provider", env=environment, cwd=packages) as process:
        process.wait_for_port(port, 30.0)
        yield OpenIdProvider(issuer)
