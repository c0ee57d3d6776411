"""The code of docs/integrate.md, against a real server."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import jwt
import pytest

from tests.support.checks.snippets import write_snippet
from tests.support.servers.deployment import Deployment

pytestmark = pytest.mark.slow

MODULES = ("remint_sessions", "remint_admin", "remint_support")


@pytest.fixture
def page(
    remint: Deployment, secret: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, ModuleType]]:
    """The page's modules, with the address and the secret of this server."""
    for name in MODULES:
        file = write_snippet(tmp_path, "docs/integrate.md", "python", f"{name}.py")
        text = file.read_text(encoding="utf-8")
        text = text.replace("http://localhost:8080", remint.url).replace("rms1_…", secret)
        file.write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield {name: import_module(name) for name in MODULES}
    import_module(MODULES[0]).remint.close()
    for name in MODULES:
        del sys.modules[name]


def verified(remint: Deployment, token: str) -> dict[str, Any]:
    """The claims, as a service verifies them with the published keys."""
    keys = jwt.PyJWKSet.from_dict(httpx.get(f"{remint.url}/.well-known/jwks.json").json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(token, key, algorithms=["ES256"], audience="remint")
    return claims


def refreshed(remint: Deployment, token: str) -> httpx.Response:
    return httpx.post(
        f"{remint.url}/api/v1/authenticate/refresh", json={"refreshToken": token}, timeout=10
    )


def test_the_page_leads_from_a_log_in_to_a_support_session(
    remint: Deployment, page: dict[str, ModuleType]
) -> None:
    sessions, admin, support = (page[name] for name in MODULES)
    tokens = sessions.log_in("4711", {"user-agent": "a phone"}, ["customer"], "pro")
    claims = verified(remint, tokens["jwtToken"])
    assert (claims["sub"], claims["roles"], claims["plan"]) == ("4711", ["customer"], "pro")
    again = refreshed(remint, tokens["refreshToken"]).json()
    assert verified(remint, again["jwtToken"])["plan"] == "pro"

    [shown] = admin.sessions_of("4711")
    assert (shown["id"], shown["device"]) == (tokens["sessionId"], "a phone")
    admin.end_session("4711", tokens["sessionId"])
    assert refreshed(remint, tokens["refreshToken"]).status_code == 401
    [over] = admin.sessions_of("4711", ended=True)
    assert over["endCause"] == "sessionRevoked"

    acting = support.act_for("4711", "staff-7")
    assert verified(remint, acting["jwtToken"])["act"] == {"sub": "staff-7"}
    assert acting["sessionExpiresIn"] == 3600
    admin.log_out_everywhere("4711")
    assert refreshed(remint, acting["refreshToken"]).status_code == 401
