"""The follower of docs/services.md, against a real server."""

import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from domain.clients import ClientTerms, Permission
from testing.waiting import wait_until
from tests.support.alice import USERNAME
from tests.support.checks.snippets import write_snippet
from tests.support.fakes.builders import OPERATOR
from tests.support.servers.deployment import API, Deployment

pytestmark = pytest.mark.slow

SOON = 2.0


@pytest.fixture
def follower(remint: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    write_snippet(tmp_path, "docs/services.md", "python", "remint_revocations.py")
    monkeypatch.syspath_prepend(str(tmp_path))
    added = remint.act(
        lambda can: can.operators.add_client(
            "follower", ClientTerms(may=(Permission.INTROSPECT,)), is_public=False, by=OPERATOR
        )
    )
    follower = import_module("remint_revocations").Revocations(remint.url, "follower", added.secret)
    wait_until(lambda: follower._cursor is not None, "a first answer")
    yield follower
    follower.close()
    del sys.modules["remint_revocations"]
    remint.act(lambda can: can.operators.delete_client("follower", by=OPERATOR))


def is_revoked(follower: Any, token: str) -> bool:
    claims = jwt.decode(token, options={"verify_signature": False})
    return bool(follower.is_revoked(claims, jwt.get_unverified_header(token)))


def refused_within(follower: Any, token: str) -> float:
    began = time.monotonic()
    wait_until(lambda: is_revoked(follower, token), "a revocation", 5.0)
    return time.monotonic() - began


def test_a_log_out_reaches_the_follower(remint: Deployment, follower: Any) -> None:
    here, there = remint.log_in(), remint.log_in()
    assert not is_revoked(follower, here["jwtToken"])
    body = {"refreshToken": here["refreshToken"]}
    httpx.post(f"{remint.url}{API}/authenticate/revoke", json=body).raise_for_status()
    assert refused_within(follower, here["jwtToken"]) < SOON
    assert not is_revoked(follower, there["jwtToken"])
    assert follower.age < 30


def test_new_rights_reach_the_follower_and_nobody_is_logged_out(
    remint: Deployment, follower: Any
) -> None:
    before = remint.log_in()
    remint.run("users", "set", USERNAME, "--role", "chief")
    assert refused_within(follower, before["jwtToken"]) < SOON
    after = remint.refresh(before["refreshToken"])
    assert after.status_code == 200
    jwt_token = after.json()["jwtToken"]
    assert not is_revoked(follower, jwt_token)
    assert jwt.decode(jwt_token, options={"verify_signature": False})["roles"] == ["chief"]
