"""The lean refresh route answers whatever the framework's own route for it would answer."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from litestar.exceptions import NotFoundException
from litestar.types import ASGIApp, Receive, Scope, Send

from domain.causes import EndCause
from domain.sessions import Renewal
from interfaces.http import app
from interfaces.http.api.lean_refresh import LeanRefresh
from interfaces.http.wire.errors import send_error
from interfaces.http.wire.options import HttpOptions
from interfaces.http.wire.request_body import BodyBounds
from tests.support.checks.http_calls import calling
from tests.support.fakes.builders import NOON, a_token
from tests.support.fakes.served_house import ServedHouse

pytestmark = pytest.mark.anyio

PATH = "/api/v1/authenticate/refresh"
JSON = {"Content-Type": "application/json"}
OPTIONS = HttpOptions(max_body=2048, patience=timedelta(0))


@pytest.fixture
def lean(house: ServedHouse) -> ASGIApp:
    return house.app(OPTIONS)


@pytest.fixture
def ordinary(house: ServedHouse, lean: ASGIApp, monkeypatch: pytest.MonkeyPatch) -> ASGIApp:
    """The same house, with the operation served by the framework's own machinery."""
    monkeypatch.setattr(app, "LeanRefresh", lambda framework, *_: framework)
    return house.app(OPTIONS)


BODIES = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"x"',
    b"{}",
    b'{"refreshToken": ""}',
    b'{"refreshToken": "  "}',
    b'{"refreshToken": 5}',
    b'{"refreshToken": null}',
    b'{"refreshToken": "a\\u0000b"}',
    b'{"refreshToken": "\\ud800"}',
    b'{"refreshToken": "\xff"}',
    b'{"refreshToken": "x", "refreshToken": "y"}',
    b'{"refreshToken": "rmt1_x", "more": [[[[1e999]]]]}',
    b'{"refreshToken": "' + b"x" * 1025 + b'"}',
    b'{"refreshToken": "' + b"x" * 4096 + b'"}',
    b'{"a":' * 300 + b"1" + b"}" * 300,
    b"\xef\xbb\xbf{}",
]
TYPES = [
    {},
    {"Content-Type": "text/plain"},
    {"Content-Type": "application/json; charset=utf-8"},
    {"Content-Type": "application/json; charset=utf-16"},
    {"Content-Type": "application/json", "Content-Encoding": "gzip"},
]
METHODS = ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]


def shown(answer: httpx.Response) -> tuple[int, dict[str, str], bytes]:
    headers = {
        name: value
        for name, value in answer.headers.items()
        if name not in {"x-request-id", "content-length"}
    }
    if "allow" in headers:
        headers["allow"] = ", ".join(sorted(headers["allow"].split(", ")))
    return answer.status_code, headers, answer.content


async def both(
    lean: ASGIApp, ordinary: ASGIApp, method: str, **request: Any
) -> list[tuple[int, dict[str, str], bytes]]:
    answers = []
    for each in (lean, ordinary):
        async with calling(each) as client:
            answers.append(shown(await client.request(method, PATH, **request)))
    return answers


@pytest.mark.proves("H1", "H8")
@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:30]))
async def test_bodies_are_read_alike(lean: ASGIApp, ordinary: ASGIApp, body: bytes) -> None:
    ours, frameworks = await both(lean, ordinary, "POST", content=body, headers=JSON)
    assert ours == frameworks
    assert ours[0] in {400, 401, 413}


@pytest.mark.proves("H5")
@pytest.mark.parametrize("headers", TYPES, ids=str)
async def test_media_types_are_judged_alike(
    lean: ASGIApp, ordinary: ASGIApp, headers: dict[str, str]
) -> None:
    body = b'{"refreshToken": "rmt1_x"}'
    ours, frameworks = await both(lean, ordinary, "POST", content=body, headers=headers)
    assert ours == frameworks


@pytest.mark.proves("H4")
@pytest.mark.parametrize("method", METHODS)
async def test_other_methods_are_answered_alike(
    lean: ASGIApp, ordinary: ASGIApp, method: str
) -> None:
    ours, frameworks = await both(lean, ordinary, method)
    assert ours == frameworks


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"renewal": Renewal.ROTATING, "rotated_at": NOON, "generation": 1},
        {"ended_at": NOON, "end_cause": EndCause.REVOKED},
        {"expires_at": NOON},
    ],
    ids=str,
)
async def test_tokens_meet_the_same_rules_alike(
    house: ServedHouse, lean: ASGIApp, ordinary: ASGIApp, state: dict[str, Any]
) -> None:
    session, _ = house.add_session(**state)
    body = {"refreshToken": house.text_of(a_token(session))}
    ours, frameworks = await both(lean, ordinary, "POST", json=body)
    assert ours[0] == frameworks[0]
    assert ours[1] == frameworks[1]
    members = [set(json.loads(answer[2])) for answer in (ours, frameworks)]
    assert members[0] == members[1]


UNUSUAL: list[tuple[str, str, dict[str, str]]] = [
    ("GET", PATH, JSON),
    ("POST", f"{PATH}/", JSON),
    ("POST", PATH, {}),
    ("POST", PATH, {"Content-Type": "application/json; charset=utf-8"}),
    ("POST", PATH, {**JSON, "Content-Encoding": "gzip"}),
    ("POST", PATH, {**JSON, "Origin": "https://app.example.com"}),
    ("POST", PATH, {**JSON, "Host": "remint test"}),
]


async def met_framework(
    house: ServedHouse, method: str, path: str, headers: dict[str, str]
) -> bool:
    met = []

    async def framework(_scope: Scope, _receive: Receive, send: Send) -> None:
        met.append(True)
        await send_error(send, NotFoundException())

    bounds = BodyBounds(OPTIONS.max_body, OPTIONS.body_timeout)
    lean = LeanRefresh(framework, house.can.presenters.refresh, bounds, OPTIONS.patience)
    async with calling(lean) as client:
        await client.request(method, path, content=b"{}", headers=headers)
    return bool(met)


async def test_what_is_plain_is_answered_without_the_framework(house: ServedHouse) -> None:
    assert not await met_framework(house, "POST", PATH, JSON)


@pytest.mark.proves("H5", "H14")
@pytest.mark.parametrize(("method", "path", "headers"), UNUSUAL)
async def test_whatever_is_unusual_is_left_to_the_framework(
    house: ServedHouse, method: str, path: str, headers: dict[str, str]
) -> None:
    assert await met_framework(house, method, path, headers)
