"""The README's code for services that verify JWTs, against a real server."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from joserfc.jwk import ECKey

from domain.sessions import Renewal
from tests.support.checks.snippets import snippet
from tests.support.servers.browser import pages
from tests.support.servers.deployment import Deployment
from tests.support.servers.node import npm_install, run_node

pytestmark = pytest.mark.slow

LOCKED = Path(__file__).parent / "npm"
CLAIMS = {"iss", "sub", "aud", "client_id", "iat", "exp", "jti", "sid", "auth_time", "roles"}


@pytest.fixture
def token(remint: Deployment) -> str:
    body = {"refreshToken": remint.open_session(renewal=Renewal.REUSABLE)}
    answer = httpx.post(f"{remint.url}/api/v1/authenticate/refresh", json=body)
    return str(answer.json()["jwtToken"])


def as_published(language: str, address: str) -> str:
    """Only the address is another."""
    return snippet("README.md", language).replace("http://localhost:8080", address)


def python_verifier(address: str) -> Callable[[str], dict[str, Any]]:
    code: dict[str, Any] = {}
    exec(as_published("python", address), code)
    claims_of: Callable[[str], dict[str, Any]] = code["claims_of"]
    return claims_of


@pytest.mark.proves("J5", "J6")
def test_the_python_code_verifies_a_jwt_and_nothing_else(remint: Deployment, token: str) -> None:
    claims_of = python_verifier(remint.url)
    assert set(claims_of(token)) == CLAIMS
    with pytest.raises(jwt.InvalidTokenError):
        claims_of(token[:-4] + "AAAA")


@pytest.mark.proves("J5", "J6")
def test_the_node_code_verifies_a_jwt_and_nothing_else(
    remint: Deployment, token: str, tmp_path: Path
) -> None:
    npm_install(LOCKED, tmp_path)
    (tmp_path / "verify.mjs").write_text(as_published("js", remint.url))
    driver = tmp_path / "driver.mjs"
    driver.write_text("""
        import { claimsOf } from "./verify.mjs";
        const { TOKEN } = process.env;
        const refused = await claimsOf(TOKEN.slice(0, -4) + "AAAA").catch((e) => e.code);
        console.log(JSON.stringify([Object.keys(await claimsOf(TOKEN)), refused]));
    """)
    claims, refused = run_node(driver, TOKEN=token)
    assert set(claims) == CLAIMS
    assert refused == "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"


APART = (1, 55, -655)
"""Seconds by which `iat` is ahead of the verifier's clock, for JWTs that are valid for 600."""
TOO_LATE = -665


class Issuer:
    """An issuer with any clock, whose key set is a file that is served."""

    def __init__(self, folder: Path, address: str) -> None:
        self.address = address
        self._key = ECKey.generate_key("P-256", {"alg": "ES256", "kid": "k", "use": "sig"})
        published = folder / ".well-known/jwks.json"
        published.parent.mkdir()
        published.write_text(json.dumps({"keys": [self._key.as_dict(private=False)]}))

    def jwt_of(self, seconds_ahead: int) -> str:
        issued_at = int(time.time()) + seconds_ahead
        told = {"iss": self.address, "aud": "remint", "sub": "s", "jti": "j"}
        times = {"iat": issued_at, "exp": issued_at + 600}
        header = {"kid": "k", "typ": "at+jwt"}
        return jwt.encode(told | times, self._key.as_pem(private=True), "ES256", headers=header)


@pytest.fixture
def issuer(tmp_path: Path) -> Iterator[Issuer]:
    folder = tmp_path / "issuer"
    folder.mkdir()
    with pages(folder) as server:
        yield Issuer(folder, server.origin)


@pytest.mark.proves("J7")
def test_the_python_code_accepts_clocks_that_differ_by_less_than_a_minute(issuer: Issuer) -> None:
    claims_of = python_verifier(issuer.address)
    for seconds_ahead in APART:
        assert claims_of(issuer.jwt_of(seconds_ahead))["sub"] == "s"
    with pytest.raises(jwt.ExpiredSignatureError):
        claims_of(issuer.jwt_of(TOO_LATE))
    with pytest.raises(jwt.ImmatureSignatureError):
        claims_of(issuer.jwt_of(65))


@pytest.mark.proves("J7")
def test_the_node_code_accepts_clocks_that_differ_by_less_than_a_minute(
    issuer: Issuer, tmp_path: Path
) -> None:
    npm_install(LOCKED, tmp_path)
    (tmp_path / "verify.mjs").write_text(as_published("js", issuer.address))
    driver = tmp_path / "driver.mjs"
    driver.write_text("""
        import { claimsOf } from "./verify.mjs";
        const outcome = (token) => claimsOf(token).then((claims) => claims.sub, (e) => e.code);
        console.log(JSON.stringify(await Promise.all(process.env.TOKENS.split(" ").map(outcome))));
    """)
    tokens = [issuer.jwt_of(seconds) for seconds in (*APART, TOO_LATE)]
    assert run_node(driver, TOKENS=" ".join(tokens)) == [*"sss", "ERR_JWT_EXPIRED"]
