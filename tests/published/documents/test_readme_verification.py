"""The README's code for services that verify JWTs, against a real server."""

from pathlib import Path

import httpx
import jwt
import pytest

from domain.sessions import Renewal
from tests.support.checks.snippets import snippet
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


def as_published(language: str, remint: Deployment) -> str:
    """Only the address is another."""
    return snippet("README.md", language).replace("http://localhost:8080", remint.url)


@pytest.mark.proves("J5", "J6")
def test_the_python_code_verifies_a_jwt_and_nothing_else(remint: Deployment, token: str) -> None:
    code: dict[str, object] = {}
    exec(as_published("python", remint), code)
    claims_of = code["claims_of"]
    assert callable(claims_of)
    assert set(claims_of(token)) == CLAIMS
    with pytest.raises(jwt.InvalidTokenError):
        claims_of(token[:-4] + "AAAA")


@pytest.mark.proves("J5", "J6")
def test_the_node_code_verifies_a_jwt_and_nothing_else(
    remint: Deployment, token: str, tmp_path: Path
) -> None:
    npm_install(LOCKED, tmp_path)
    (tmp_path / "verify.mjs").write_text(as_published("js", remint))
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
