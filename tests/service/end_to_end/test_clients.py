"""A client from its registration to its deletion, next to a real server, on both databases."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from tests.support.alice import PASSWORD
from tests.support.servers.deployment import API, Deployment, deployed

pytestmark = pytest.mark.slow

SETTINGS = {
    "REMINT_TOKENS_LIFETIME": "1s",
    "REMINT_SESSIONS_GRACE": "0s",
    "REMINT_SESSIONS_COALESCE": "0s",
    "REMINT_SERVER_PATIENCE": "0s",
}
Basic = tuple[str, str]


@pytest.fixture
def remint(database_url: str, tmp_path: Path) -> Iterator[Deployment]:
    with deployed(tmp_path, database_url, SETTINGS) as deployment:
        yield deployment


def secret_of(remint: Deployment, *words: str) -> Basic:
    record = json.loads(remint.run("clients", *words, "--json"))
    return record["clientId"], record["clientSecret"]


def log_in(remint: Deployment, auth: Basic | None = None, **more: Any) -> httpx.Response:
    body = {"username": "alice", "password": PASSWORD, **more}
    return remint.client.post(
        f"{API}/authenticate", json=body, auth=auth or httpx.USE_CLIENT_DEFAULT
    )


def refresh(remint: Deployment, token: str, auth: Basic | None = None) -> httpx.Response:
    return remint.client.post(
        f"{API}/authenticate/refresh",
        json={"refreshToken": token},
        auth=auth or httpx.USE_CLIENT_DEFAULT,
    )


def claims(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return dict(jwt.decode(answer.json()["jwtToken"], options={"verify_signature": False}))


def cause(answer: httpx.Response) -> tuple[int, str]:
    error = answer.json()["error"]
    return answer.status_code, error["details"][0]["code"] if error["details"] else error["code"]


def test_a_confidential_client_from_its_registration_to_its_deletion(remint: Deployment) -> None:
    first = secret_of(remint, "add", "shop")
    answer = log_in(remint, first, client="shop")
    assert claims(answer)["client_id"] == "shop"
    token = answer.json()["refreshToken"]
    assert claims(refresh(remint, token, first))["client_id"] == "shop"
    assert cause(refresh(remint, token)) == (401, "invalidClient")
    assert cause(refresh(remint, token, ("shop", "rms1_wrong"))) == (401, "invalidClient")
    assert cause(log_in(remint, client="shop")) == (401, "invalidClient")

    second = secret_of(remint, "new-secret", "shop")
    assert [refresh(remint, token, auth).status_code for auth in (first, second)] == [200, 200]
    remint.run("clients", "drop-secret", "shop")
    assert [refresh(remint, token, auth).status_code for auth in (first, second)] == [401, 200]
    only = remint.try_run("clients", "drop-secret", "shop")
    assert (only.returncode, "only one secret" in only.stderr) == (4, True)

    opened = json.loads(remint.run("sessions", "open", "alice", "--client", "shop", "--json"))
    assert refresh(remint, opened["refreshToken"], second).status_code == 200

    remint.run("clients", "disable", "shop")
    assert cause(refresh(remint, token, second)) == (401, "invalidClient")
    remint.run("clients", "enable", "shop")
    assert cause(refresh(remint, token, second)) == (401, "clientDisabled")
    token = log_in(remint, second, client="shop").json()["refreshToken"]
    assert refresh(remint, token, second).status_code == 200
    remint.run("clients", "delete", "shop")
    assert cause(refresh(remint, token, second)) == (401, "invalidClient")
    assert cause(refresh(remint, token)) == (401, "clientDisabled")


def test_the_sessions_of_a_public_client_end_with_it(remint: Deployment) -> None:
    remint.run("clients", "add", "app", "--public")
    token, other = log_in(remint, client="app").json()["refreshToken"], remint.log_in()
    assert refresh(remint, token).status_code == 200
    remint.run("clients", "disable", "app")
    assert cause(refresh(remint, token)) == (401, "clientDisabled")
    assert cause(log_in(remint, client="app")) == (401, "invalidClient")
    remint.run("clients", "enable", "app")
    assert cause(refresh(remint, token)) == (401, "clientDisabled")
    assert log_in(remint, client="app").status_code == 200
    assert refresh(remint, other["refreshToken"]).status_code == 200
    taken = remint.try_run("clients", "add", "remint")
    assert (taken.returncode, "is built in" in taken.stderr) == (4, True)


def test_the_terms_of_a_client_are_those_of_its_sessions(remint: Deployment) -> None:
    terms = (
        "--audience",
        "orders",
        "--audience",
        "invoices",
        "--scope",
        "read",
        "--scope",
        "write",
    )
    policy = ("--renewal", "rotating", "--lifetime", "1h", "--idle", "2s", "--session-limit", "1")
    remint.run("clients", "add", "app", "--public", *terms, *policy)

    first = log_in(remint, client="app")
    assert (claims(first)["aud"], claims(first).get("scope")) == ("orders", None)
    wide = ["invoices", "orders"]
    second = log_in(remint, client="app", audience=wide, scope="write read")
    assert (claims(second)["aud"], claims(second)["scope"]) == (
        ["invoices", "orders"],
        "write read",
    )
    assert cause(refresh(remint, first.json()["refreshToken"])) == (401, "sessionReplaced")
    refused = log_in(remint, client="app", scope="admin")
    assert (refused.status_code, refused.json()["error"]["target"]) == (400, "scope")

    rotated = refresh(remint, second.json()["refreshToken"])
    assert claims(rotated)["scope"] == "write read"
    assert rotated.json()["refreshToken"] != second.json()["refreshToken"]
    time.sleep(2.1)
    assert cause(refresh(remint, rotated.json()["refreshToken"])) == (401, "sessionIdle")

    changed = ("--lifetime", "3s", "--idle", "default", "--renewal", "default", "--no-audience")
    remint.run("clients", "set", "app", *changed)
    third = log_in(remint, client="app")
    assert claims(third)["aud"] == "remint"
    assert "refreshToken" not in refresh(remint, third.json()["refreshToken"]).json()
    time.sleep(3.1)
    assert cause(refresh(remint, third.json()["refreshToken"])) == (401, "sessionExpired")
