"""Every endpoint and every failure, with everything logged, and no secret comes out.

The search covers all output of a real server, and its metrics.
"""

import base64
import json
import sqlite3
from itertools import product
from typing import Any

import pytest

from tests.service.conftest import Deploy
from tests.support.alice import PASSWORD
from tests.support.servers.deployment import Deployment

pytestmark = [pytest.mark.proves("S1"), pytest.mark.slow]

SECRET = "C4n4ry-9fK2mWc7Tn5RbXoLd-hPq8Zs4Uv"
WRONG = "c4n4ry-wrong-password"
NEW = "c4n4ry-new-password"
QUERY = "c4n4ry-query"
CLAIM = "c4n4ry-claim"
API = "/api/v1"
ADDING_SECRETS = ("add", "new-secret")
BAD_BODIES = [
    b"",
    b"[" * 5000,
    b'{"refreshToken": "%s"' % WRONG.encode(),
    b'{"refreshToken": "%s", "refreshToken": "b"}' % WRONG.encode(),
    b'{"refreshToken": ["%s"]}' % WRONG.encode(),
    b'{"username": "alice", "password": {"a": "%s"}}' % WRONG.encode(),
    b'{"username": "alice", "password": "%s\\u0000"}' % WRONG.encode(),
    b'{"oldPassword": 7, "newPassword": "%s"}' % WRONG.encode(),
    WRONG.encode() + b"\xff",
    WRONG.encode() * 2000,
]


@pytest.fixture
def remint(deploy: Deploy) -> Deployment:
    return deploy(
        REMINT_SECRET=SECRET,
        REMINT_LOG_LEVEL="debug",
        REMINT_SESSIONS_GRACE="0s",
        REMINT_SESSIONS_COALESCE="0s",
        REMINT_SESSIONS_RECOVERIES="0",
        REMINT_SERVER_PATIENCE="0s",
        REMINT_SERVER_NOTICE="0s",
        REMINT_THROTTLE_PER_ACCOUNT="5",
    )


def bearer(jwt: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {jwt}"}


def everything_that_works(remint: Deployment) -> list[str]:
    """Use every operation as meant; answer the tokens that were handed out."""
    tokens = []
    for renewal in ("reusable", "rotating"):
        opened = remint.log_in(renewal=renewal)
        refreshed = remint.refresh(opened["refreshToken"]).json()
        jwt = refreshed["jwtToken"]
        listed = remint.client.get(f"{API}/sessions", headers=bearer(jwt))
        assert listed.status_code == 200
        tokens += [*opened.values(), *refreshed.values()]
    spare = remint.log_in()
    session = remint.client.get(f"{API}/sessions", headers=bearer(spare["jwtToken"])).json()
    current = next(one["id"] for one in session["sessions"] if one["current"])
    ended = remint.client.delete(f"{API}/sessions/{current}", headers=bearer(spare["jwtToken"]))
    assert ended.status_code == 204
    tokens += spare.values()
    return tokens


def every_way_to_fail(remint: Deployment, tokens: list[str]) -> None:
    """Every operation of the document, and a path that is none, with every kind of bad request."""
    paths = remint.client.get("/openapi.json").json()["paths"]
    operations = [(method, path) for path, kinds in paths.items() for method in kinds]
    refresh_token = next(token for token in tokens if token.startswith("rmt1_"))
    for (method, path), body in product([*operations, ("post", "/{session_id}")], BAD_BODIES):
        where = path.replace("{session_id}", refresh_token) + f"?refreshToken={QUERY}"
        for headers in ({"Content-Type": "application/json"}, bearer(refresh_token)):
            answer = remint.client.request(method, where, content=body, headers=headers)
            assert QUERY not in answer.text
    for name, password in product(("alice", "nobody"), (WRONG, "", "x" * 2000)):
        remint.client.post(f"{API}/authenticate", json={"username": name, "password": password})
    for token in tokens:
        for twisted in (token, token[:-1], token[::-1]):
            remint.refresh(twisted)
            remint.client.get(f"{API}/sessions", headers=bearer(twisted))


def a_reused_token(remint: Deployment) -> list[str]:
    first = remint.log_in(renewal="rotating")["refreshToken"]
    second = remint.refresh(first).json()["refreshToken"]
    third = remint.refresh(second).json()["refreshToken"]
    assert remint.refresh(first).json()["error"]["details"][0]["code"] == "refreshTokenReused"
    return [first, second, third]


def a_change_of_password(remint: Deployment) -> list[str]:
    opened = remint.log_in()
    for old, new in ((WRONG, NEW), (PASSWORD, "short"), (PASSWORD, NEW)):
        body = {"oldPassword": old, "newPassword": new}
        remint.client.post(f"{API}/password", json=body, headers=bearer(opened["jwtToken"]))
    return list(opened.values())


def a_confidential_client(remint: Deployment) -> list[str]:
    """A client is added, logs in, changes its secret, and is refused; what commands say is read.

    Only the standard output of `add` and `new-secret` has a secret.
    """
    added, changed = (remint.try_run("clients", act, "shop", "--json") for act in ADDING_SECRETS)
    secrets = [json.loads(done.stdout)["clientSecret"] for done in (added, changed)]
    body = {"username": "alice", "password": PASSWORD, "client": "shop"}
    opened = remint.client.post(f"{API}/authenticate", json=body, auth=("shop", secrets[1])).json()
    token = {"refreshToken": opened["refreshToken"]}
    for secret in (*secrets, WRONG, secrets[0][:-1]):
        remint.client.post(f"{API}/authenticate/refresh", json=token, auth=("shop", secret))
    said = added.stderr + changed.stderr
    for act in ("set --scope a", "drop-secret", "disable"):
        done = remint.try_run("clients", *act.split(), "shop", "--json")
        assert done.returncode == 0
        said += done.stdout + done.stderr
    events = ("Added", "SecretAdded", "Set", "SecretDropped", "Disabled")
    lines = [f'"event":"client{event}"' for event in events]
    remint.server.wait_for(lambda: all(line in remint.server.output for line in lines), "events")
    basic = [base64.b64encode(f"shop:{secret}".encode()).decode() for secret in secrets]
    told = [*secrets, *basic, *opened.values()]
    assert not [secret for secret in told if secret in said]
    return told


def claims_of_a_back_end(remint: Deployment) -> list[str]:
    """Claims of a user and of a session, good ones and refused ones."""
    may = ("--may", "open-sessions", "--may", "manage-users")
    added = remint.try_run("clients", "add", "claimer", *may, "--json")
    auth = ("claimer", json.loads(added.stdout)["clientSecret"])
    user = f"{API}/users/4711"
    for claims, is_good in (
        ({"plan": CLAIM}, True),
        ({CLAIM: [CLAIM]}, True),
        ({"sub": CLAIM}, False),
        ({"plan": CLAIM * 500}, False),
        ([CLAIM], False),
        (CLAIM, False),
    ):
        for method, path in (("PUT", user), ("PATCH", user), ("POST", f"{user}/sessions")):
            answer = remint.client.request(method, path, json={"claims": claims}, auth=auth)
            assert (answer.status_code < 300) is is_good
            assert is_good or CLAIM not in answer.text
    opened = remint.client.post(f"{user}/sessions", json={"claims": {"a": CLAIM}}, auth=auth).json()
    assert remint.refresh(opened["refreshToken"]).status_code == 200
    return [auth[1], opened["refreshToken"], opened["jwtToken"]]


def a_broken_database(remint: Deployment, token: str) -> None:
    """Tables that are not as they should be: what the driver says of it quotes rows."""
    with sqlite3.connect(remint.folder / "remint.db") as database:
        database.execute("UPDATE users SET roles = 'c4n4ry-not-json', password_hash = 'c4n4ry'")
    remint.client.post(f"{API}/authenticate", json={"username": "alice", "password": NEW})
    remint.refresh(token)
    with sqlite3.connect(remint.folder / "remint.db") as database:
        database.execute("ALTER TABLE sessions RENAME TO elsewhere")
    assert remint.refresh(token).status_code >= 500


def stored_secrets(remint: Deployment) -> list[bytes]:
    with sqlite3.connect(remint.folder / "remint.db") as database:
        with_password = "SELECT password_hash FROM users WHERE password_hash IS NOT NULL"
        rows: list[Any] = database.execute(with_password).fetchall()
        rows += database.execute("SELECT secret_digest FROM sessions").fetchall()
        rows += database.execute("SELECT sealed FROM signing_keys").fetchall()
        rows += database.execute("SELECT secret_digest FROM clients").fetchall()
    raw = [value.encode() if isinstance(value, str) else bytes(value) for (value,) in rows]
    assert len(raw) > 5
    return raw


def spellings(secret: bytes) -> list[bytes]:
    """As it is, in hex, and in both kinds of base64."""
    whole = len(secret) - len(secret) % 3
    encoded = [base64.b64encode(secret[:whole]), base64.urlsafe_b64encode(secret[:whole])]
    return [secret, secret.hex().encode(), *encoded]


def test_no_secret_is_printed_or_measured_whatever_is_asked(remint: Deployment) -> None:
    tokens = everything_that_works(remint) + a_reused_token(remint)
    every_way_to_fail(remint, tokens)
    tokens += a_confidential_client(remint) + claims_of_a_back_end(remint)
    metrics = remint.client.get("/metrics").text
    stored = stored_secrets(remint)
    reusable = tokens[1]
    tokens += a_change_of_password(remint)
    a_broken_database(remint, reusable)
    remint.server.terminate(30)
    printed = (remint.server.output + metrics).encode()
    assert printed.count(b'"event":"request"') > 200
    assert b'"cause":"refreshTokenReused"' in printed
    secrets = [spelling for raw in stored for spelling in spellings(raw)]
    secrets += [word.encode() for word in (*tokens, PASSWORD, WRONG, NEW, QUERY, SECRET, "c4n4ry-")]
    secrets += [part.encode() for token in tokens for part in (token[-24:], token[40:64])]
    assert [secret for secret in secrets if secret and secret in printed] == []
