"""A replay over HTTP: the answer is an error, and yet the session ends and an alert is raised."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.service.end_to_end.conftest import House, OpenHouse

THIEF = {"User-Agent": "a thief's client", "X-Request-Id": "the-replay"}
CAUSE = "refreshTokenReused"


@pytest.fixture
def house(open_house: OpenHouse) -> House:
    return open_house(REMINT_SESSIONS_COALESCE="0s", REMINT_SESSIONS_GRACE="0s")


def audited(house: House, name: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in house.server.output.splitlines() if line[:1] == "{"]
    return [line for line in lines if line.get("audit") and line["event"] == name]


def stored(house: House) -> tuple[str, str]:
    """When and why the only session ended, as the database has it."""
    with closing(sqlite3.connect(house.folder / "remint.db")) as database:
        [row] = database.execute("SELECT ended_at, end_cause FROM sessions").fetchall()
    return row


def stolen(house: House) -> list[str]:
    """A token that was superseded twice, and its successors."""
    tokens = [house.log_in(renewal="rotating")["refreshToken"]]
    for _ in range(2):
        tokens.append(house.refresh(tokens[-1]).json()["refreshToken"])
    return tokens


def replay(house: House, token: str) -> int:
    body = {"refreshToken": token}
    return house.client.post("/api/v1/authenticate/refresh", json=body, headers=THIEF).status_code


@pytest.mark.proves("L6", "S2")
def test_a_replay_ends_the_session_for_good_and_raises_one_alert_however_often_it_comes(
    house: House,
) -> None:
    tokens = stolen(house)
    assert stored(house) == (None, None)
    assert [replay(house, tokens[0]) for _ in range(5)] == [401] * 5
    ended = stored(house)
    assert ended[0] is not None
    assert ended[1] == CAUSE
    assert [replay(house, token) for token in tokens] == [401] * 3
    assert stored(house) == ended
    assert len(audited(house, CAUSE)) == 1
    assert len(audited(house, "refreshRefused")) == 7


@pytest.mark.proves("S2")
def test_the_alert_tells_all_that_an_operator_needs(house: House) -> None:
    """Time, event, outcome, cause, subject, session, address, agent, request."""
    tokens = stolen(house)
    assert replay(house, tokens[0]) == 401
    [opened], [alert] = audited(house, "loggedIn"), audited(house, CAUSE)
    at = datetime.fromisoformat(alert["at"])
    assert at.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)
    assert alert["alert"] is True
    assert (alert["level"], alert["outcome"], alert["cause"]) == ("warning", "failure", CAUSE)
    assert (alert["subject"], alert["session"]) == (opened["subject"], opened["session"])
    assert (alert["client_address"], alert["user_agent"]) == ("127.0.0.1", THIEF["User-Agent"])
    assert alert["request_id"] == THIEF["X-Request-Id"]


@pytest.mark.proves("G1", "S2")
def test_a_failed_log_in_is_told_with_its_cause_to_operators_alone(house: House) -> None:
    for name in ("alice", "nobody"):
        body = {"username": name, "password": "wrong"}
        assert house.client.post("/api/v1/authenticate", json=body).status_code == 401
    known, unknown = audited(house, "loginFailed")
    assert (known["cause"], unknown["cause"]) == ("wrongPassword", "unknownUser")
    assert "subject" in known
    assert "subject" not in unknown
