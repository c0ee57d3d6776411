"""A replay over HTTP: the answer is an error, and yet the session ends and an alert is raised."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.service.conftest import Deploy
from tests.support.servers.deployment import Deployment

THIEF = {"User-Agent": "a thief's client", "X-Request-Id": "the-replay"}
CAUSE = "refreshTokenReused"


@pytest.fixture
def remint(deploy: Deploy) -> Deployment:
    return deploy(REMINT_SESSIONS_COALESCE="0s", REMINT_SESSIONS_GRACE="0s")


def audited(remint: Deployment, name: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in remint.server.output.splitlines() if line[:1] == "{"]
    return [line for line in lines if line.get("audit") and line["event"] == name]


def stored(remint: Deployment) -> tuple[str | None, str | None]:
    """When and why the only session ended, as the database has it."""
    with closing(sqlite3.connect(remint.folder / "remint.db")) as database:
        [(ended_at, cause)] = database.execute("SELECT ended_at, end_cause FROM sessions")
    return ended_at, cause


def stolen(remint: Deployment) -> list[str]:
    """A token that was superseded twice, and its successors."""
    tokens = [remint.log_in(renewal="rotating")["refreshToken"]]
    for _ in range(2):
        tokens.append(remint.refresh(tokens[-1]).json()["refreshToken"])
    return tokens


def replay(remint: Deployment, token: str) -> int:
    body = {"refreshToken": token}
    return remint.client.post("/api/v1/authenticate/refresh", json=body, headers=THIEF).status_code


@pytest.mark.proves("L6", "S2")
def test_a_replay_ends_the_session_for_good_and_raises_one_alert_however_often_it_comes(
    remint: Deployment,
) -> None:
    tokens = stolen(remint)
    assert stored(remint) == (None, None)
    assert [replay(remint, tokens[0]) for _ in range(5)] == [401] * 5
    ended = stored(remint)
    assert ended[0] is not None
    assert ended[1] == CAUSE
    assert [replay(remint, token) for token in tokens] == [401] * 3
    assert stored(remint) == ended
    assert len(audited(remint, CAUSE)) == 1
    assert len(audited(remint, "refreshRefused")) == 7


@pytest.mark.proves("S2")
def test_the_alert_tells_all_that_an_operator_needs(remint: Deployment) -> None:
    """Time, event, outcome, cause, subject, session, address, agent, request."""
    tokens = stolen(remint)
    assert replay(remint, tokens[0]) == 401
    [opened], [alert] = audited(remint, "loggedIn"), audited(remint, CAUSE)
    at = datetime.fromisoformat(alert["at"])
    assert at.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)
    assert alert["alert"] is True
    assert (alert["level"], alert["outcome"], alert["cause"]) == ("warning", "failure", CAUSE)
    assert (alert["subject"], alert["session"]) == (opened["subject"], opened["session"])
    assert (alert["client_address"], alert["user_agent"]) == ("127.0.0.1", THIEF["User-Agent"])
    assert alert["request_id"] == THIEF["X-Request-Id"]


@pytest.mark.proves("G1", "S2")
def test_a_failed_log_in_is_told_with_its_cause_to_operators_alone(remint: Deployment) -> None:
    for name in ("alice", "nobody"):
        body = {"username": name, "password": "wrong"}
        assert remint.client.post("/api/v1/authenticate", json=body).status_code == 401
    known, unknown = audited(remint, "loginFailed")
    assert (known["cause"], unknown["cause"]) == ("wrongPassword", "unknownUser")
    assert "subject" in known
    assert "subject" not in unknown
