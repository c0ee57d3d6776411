"""One line a request, with an id that its answer names too."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar.types import Receive, Scope, Send

from domain.events import LoggedIn
from infrastructure.telemetry.audit_log import AuditLog
from interfaces.http.server.access_log import AccessLog, ConsoleAccessLog
from interfaces.http.server.headers import ResponseHeaders
from interfaces.http.server.observability import ObservabilityMiddleware
from interfaces.http.wire.client_address import TrustedProxies
from interfaces.http.wire.exchange import note_cause
from tests.support.fakes.builders import NOON
from tests.support.fakes.log_capture import Captured

pytestmark = pytest.mark.anyio

LOGS_PAGE = Path(__file__).parents[3] / "docs/logs.md"
CANARY = "rmt1_c4n4ry"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
MADE = re.compile("[0-9a-f]{32}")


async def tiny(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers like the framework: what it knows of a route is in the scope afterwards."""
    path, status = scope["path"], 404
    if path == "/gone":
        raise ConnectionResetError
    if path.startswith("/known/"):
        scope["path_template"] = "/known/{id}"
        status = 401 if "refused" in path else 200
        AuditLog()(LoggedIn(at=NOON))
        note_cause("rotation" if status == 200 else "sessionExpired")
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def client_of(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://remint.test", headers=[]
    )


@pytest.fixture
def proxies() -> TrustedProxies:
    return TrustedProxies(["127.0.0.1/32"])


@pytest.fixture
async def client(logged: Captured, proxies: TrustedProxies) -> AsyncIterator[httpx.AsyncClient]:
    reports = [AccessLog(logged.set_up("info").write)]
    async with client_of(
        ObservabilityMiddleware(tiny, proxies, ResponseHeaders(), reports)
    ) as client:
        yield client


async def test_a_request_is_one_line_of_fixed_words(
    client: httpx.AsyncClient, logged: Captured
) -> None:
    answer = await client.get("/known/7", headers={"X-Forwarded-For": "192.0.2.7"})
    line = logged.lines[-1]
    timestamp, seconds = line.pop("timestamp"), line.pop("seconds")
    assert timestamp.endswith("Z")
    assert 0 <= seconds < 1
    assert line == {
        "level": "info",
        "event": "request",
        "method": "GET",
        "route": "/known/{id}",
        "status": 200,
        "request_id": answer.headers["x-request-id"],
        "trace_id": answer.headers["x-request-id"],
        "client_address": "192.0.2.7",
        "outcome": "success",
        "cause": "rotation",
    }


async def test_the_documents_show_the_line_as_it_is(
    client: httpx.AsyncClient, logged: Captured
) -> None:
    [shown] = re.findall(
        r'^\{"timestamp".+\}$', LOGS_PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    await client.get("/known/7")
    assert list(json.loads(shown)) == list(logged.lines[-1])


async def test_a_refusal_is_a_failure_with_its_cause(
    client: httpx.AsyncClient, logged: Captured
) -> None:
    await client.get("/known/refused")
    line = logged.lines[-1]
    assert (line["status"], line["outcome"], line["cause"]) == (401, "failure", "sessionExpired")


@pytest.mark.proves("S1", "T6")
async def test_paths_and_queries_are_never_shown(
    client: httpx.AsyncClient, logged: Captured
) -> None:
    await client.get(f"/{CANARY}?refreshToken={CANARY}")
    await client.get(f"/known/{CANARY}?refreshToken={CANARY}")
    assert CANARY.encode() not in logged.raw
    assert [line["route"] for line in logged.lines if "route" in line] == [
        "unmatched",
        "/known/{id}",
    ]


async def test_a_request_that_ends_without_an_answer_is_told_as_499(
    client: httpx.AsyncClient, logged: Captured
) -> None:
    with pytest.raises(ConnectionResetError):
        await client.get("/gone")
    assert logged.lines[-1]["status"] == 499


@pytest.mark.proves("S2")
async def test_audit_events_carry_whose_request_they_belong_to(
    client: httpx.AsyncClient, logged: Captured
) -> None:
    headers = {"X-Request-Id": "r-1", "User-Agent": "a browser", "X-Forwarded-For": "192.0.2.7"}
    await client.get("/known/7", headers=headers)
    event = logged.lines[0]
    assert event["audit"] is True
    assert (event["request_id"], event["user_agent"]) == ("r-1", "a browser")
    assert event["client_address"] == "192.0.2.7"
    assert event["at"] == "2026-06-01T12:00:00+00:00"


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        ({"X-Request-Id": "a.well-formed_ID"}, "a.well-formed_ID"),
        ({"traceparent": PARENT}, TRACE),
        ({"traceparent": PARENT, "X-Request-Id": "mine"}, "mine"),
    ],
)
async def test_a_well_formed_id_is_taken_over_and_answered(
    client: httpx.AsyncClient, logged: Captured, sent: dict[str, str], taken: str
) -> None:
    answer = await client.get("/known/7", headers=sent)
    assert answer.headers["x-request-id"] == taken
    assert {line["request_id"] for line in logged.lines} == {taken}
    assert (logged.lines[-1]["trace_id"] == TRACE) == ("traceparent" in sent)


@pytest.mark.proves("S3")
@pytest.mark.parametrize(
    "sent",
    [
        (b"x-request-id", b'a"}\n{"level":"error"'),
        (b"x-request-id", b"a b"),
        (b"x-request-id", b""),
        (b"x-request-id", b"x" * 65),
        (b"x-request-id", "\u2028".encode()),
        (b"traceparent", PARENT.upper().encode()),
        (b"traceparent", PARENT.encode() + b"\n"),
        (b"traceparent", PARENT[:-1].encode()),
        (b"traceparent", f"ff-{TRACE}-00f067aa0ba902b7-01".encode()),
        (b"traceparent", f"00-{'0' * 32}-00f067aa0ba902b7-01".encode()),
        (b"traceparent", f"00-{TRACE}-{'0' * 16}-01".encode()),
        (b"traceparent", f"00-{TRACE}-00f067aa0ba902b7-01-more".encode()),
        (b"traceparent", b"x" * 5000),
    ],
)
async def test_a_bad_id_or_traceparent_is_ignored(
    client: httpx.AsyncClient, logged: Captured, sent: tuple[bytes, bytes]
) -> None:
    answer = await client.get("/known/7", headers=[sent])
    assert answer.status_code == 200
    assert MADE.fullmatch(answer.headers["x-request-id"])
    assert {line["trace_id"] for line in logged.lines} == {answer.headers["x-request-id"]}
    assert TRACE not in logged.text


@pytest.mark.proves("S3")
async def test_log_injection_gives_one_json_line(
    client: httpx.AsyncClient, logged: Captured
) -> None:
    evil = b'x"\n{"audit":true,"event":"loggedIn"}\r\n\x85\x00\x1b[31m'
    await client.get("/known/7", headers=[(b"user-agent", evil)])
    assert len(logged.text.splitlines()) == len(logged.lines) == 2
    assert logged.lines[0]["user_agent"].startswith('x"?{"audit":true')


async def test_people_get_the_same_line_painted(logged: Captured, proxies: TrustedProxies) -> None:
    logged.set_up(form="console")
    async with client_of(
        ObservabilityMiddleware(tiny, proxies, ResponseHeaders(), [ConsoleAccessLog()])
    ) as client:
        await client.get("/nowhere")
    [line] = logged.text.splitlines()
    assert "route=unmatched" in line
