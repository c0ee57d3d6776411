"""The refresh is answered lean, by the one route that documents it, as HTTP asks for."""

import json
import sys
from typing import Any

import httpx
import pytest

from domain.causes import EndCause
from domain.sessions import Renewal
from interfaces.http.wire.options import HttpOptions
from tests.support.checks.http_calls import calling
from tests.support.fakes.builders import NOON, a_token
from tests.support.fakes.http_over_fakes import HttpOverFakes
from tests.support.fakes.log_capture import Captured

pytestmark = pytest.mark.anyio

PATH = "/api/v1/authenticate/refresh"
JSON = {"Content-Type": "application/json"}
ORIGIN = "https://app.example.com"
UNKNOWN = b'{"refreshToken": "rmt1_x"}'


@pytest.fixture
def options() -> HttpOptions:
    return HttpOptions(max_body=2048, cors_origins=(ORIGIN,))


def code_of(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["code"])


async def test_a_refresh_is_answered_without_request_and_response_objects(
    house: HttpOverFakes,
) -> None:
    _, token = house.add_session()
    async with calling(house.app()) as client:
        called = []
        sys.setprofile(lambda frame, *_: called.append(frame.f_code.co_filename))
        answer = await client.post(PATH, json={"refreshToken": token})
        sys.setprofile(None)
    litestar = {file.rpartition("/litestar/")[2] for file in called if "/litestar/" in file}
    assert answer.status_code == 200
    assert "_asgi/asgi_router.py" in litestar
    assert not {file for file in litestar if file.startswith(("connection/", "response/"))}
    assert not {file for file in litestar if file.startswith(("_kwargs/", "_signature/"))}


MISSING, MALFORMED = "invalidRequest", "malformedJson"
BODIES = [
    (b"", 400, MISSING, "missing"),
    (b"{", 400, MALFORMED, None),
    (b"null", 400, MISSING, "wrongType"),
    (b"[]", 400, MISSING, "wrongType"),
    (b'"x"', 400, MISSING, "wrongType"),
    (b"{}", 400, MISSING, "missing"),
    (b'{"refreshToken": ""}', 400, MISSING, "tooShort"),
    (b'{"refreshToken": "  "}', 400, MISSING, "malformed"),
    (b'{"refreshToken": 5}', 400, MISSING, "wrongType"),
    (b'{"refreshToken": null}', 400, MISSING, "wrongType"),
    (b'{"refreshToken": "a\\u0000b"}', 400, MISSING, "malformed"),
    (b'{"refreshToken": "\\ud800"}', 400, MALFORMED, None),
    (b'{"refreshToken": "\xff"}', 400, MALFORMED, None),
    (b'{"refreshToken": "x", "refreshToken": "y"}', 400, MALFORMED, None),
    (b'{"refreshToken": "rmt1_x", "more": [[[[1e999]]]]}', 401, "invalidRefreshToken", None),
    (b'{"refreshToken": "' + b"x" * 1025 + b'"}', 400, MISSING, "tooLong"),
    (b'{"refreshToken": "' + b"x" * 4096 + b'"}', 413, "bodyTooLarge", None),
    (b'{"a":' * 300 + b"1" + b"}" * 300, 400, MISSING, "missing"),
    (b"\xef\xbb\xbf{}", 400, MALFORMED, None),
]


@pytest.mark.proves("H1", "H8")
@pytest.mark.parametrize(
    ("body", "status", "code", "detail"), BODIES, ids=[repr(row[0][:30]) for row in BODIES]
)
async def test_every_other_body_is_refused_with_its_reason(
    client: httpx.AsyncClient, body: bytes, status: int, code: str, detail: str | None
) -> None:
    answer = await client.post(PATH, content=body, headers=JSON)
    assert (answer.status_code, code_of(answer)) == (status, code)
    details = answer.json()["error"]["details"]
    assert [one["code"] for one in details] == ([detail] if detail else [])
    assert "rmt1" not in answer.text


@pytest.mark.proves("H5")
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([], 415),
        ([("Content-Type", "text/plain")], 415),
        ([("Content-Type", "application/json")], 401),
        ([("Content-Type", "application/json; charset=utf-8")], 401),
        ([("Content-Type", "application/json;charset=UTF-8")], 401),
        ([("Content-Type", " application/json ")], 401),
        ([("Content-Type", "application/json; charset=utf-16")], 415),
        ([("Content-Type", "application/json;charset=utf-8;")], 401),
        ([("Content-Type", 'application/json; version=1; charset="\\utf-8"')], 401),
        ([("Content-Type", "application/json, application/json")], 415),
        ([("Content-Type", "application/json"), ("Content-Type", "application/json")], 401),
        ([("Content-Type", "application/json"), ("Authorization", "Digest YTpi")], 400),
        ([("Content-Type", "application/json"), ("Authorization", "DPoP x.y.z")], 400),
        ([("Content-Type", "application/json"), ("Authorization", "Bearer x.y.z")], 401),
        ([("Content-Type", "application/json"), ("Authorization", "")], 401),
        ([("Content-Type", "application/json"), ("Content-Type", "text/plain")], 415),
        ([("Content-Type", "text/plain"), ("Content-Type", "application/json")], 415),
        ([("Content-Type", "application/json"), ("Content-Encoding", "gzip")], 415),
        ([("Content-Encoding", "gzip"), ("Content-Type", "application/json")], 415),
        ([("Content-Encoding", "gzip")], 415),
        ([("Content-Type", "application/json"), ("Content-Encoding", "Identity")], 401),
        ([("Content-Type", "application/json"), ("Content-Encoding", "")], 401),
    ],
    ids=str,
)
async def test_a_header_that_changes_what_the_body_means_is_never_skipped(
    client: httpx.AsyncClient, headers: list[tuple[str, str]], status: int
) -> None:
    answer = await client.post(PATH, content=UNKNOWN, headers=headers)
    assert answer.status_code == status


@pytest.mark.proves("H14")
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE"])
@pytest.mark.proves("H4")
async def test_other_methods_are_told_what_is_allowed(
    client: httpx.AsyncClient, method: str
) -> None:
    answer = await client.request(method, PATH)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}


@pytest.mark.proves("H4")
async def test_options_are_answered_by_the_framework(client: httpx.AsyncClient) -> None:
    answer = await client.options(PATH)
    assert (answer.status_code, answer.headers["Allow"]) == (204, "OPTIONS, POST")


@pytest.mark.parametrize("path", [f"{PATH}/", f"/{PATH}", "/api/v1//authenticate/refresh"])
async def test_no_other_spelling_of_the_path_is_routed_here(
    client: httpx.AsyncClient, path: str
) -> None:
    url = httpx.URL("http://remint.test", path=path)
    assert (await client.post(url, content=UNKNOWN, headers=JSON)).status_code == 404


@pytest.mark.parametrize("body", [UNKNOWN, b"{"])
@pytest.mark.parametrize(
    ("origin", "allowed"), [(ORIGIN, ORIGIN), ("https://evil.example", None), ("null", None)]
)
async def test_pages_of_the_configured_origins_read_answers_and_errors(
    client: httpx.AsyncClient, origin: str, allowed: str | None, body: bytes
) -> None:
    answer = await client.post(PATH, content=body, headers=JSON | {"Origin": origin})
    assert answer.status_code in {400, 401}
    assert answer.headers.get("Access-Control-Allow-Origin") == allowed


@pytest.mark.proves("H14")
async def test_a_page_may_read_a_successful_answer_as_well(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    _, token = house.add_session()
    answer = await client.post(PATH, json={"refreshToken": token}, headers={"Origin": ORIGIN})
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN


async def test_a_host_that_cannot_be_is_a_bad_request(client: httpx.AsyncClient) -> None:
    answer = await client.post(PATH, content=UNKNOWN, headers=JSON | {"Host": "remint test"})
    assert (answer.status_code, code_of(answer)) == (400, "badRequest")


@pytest.mark.proves("H3")
@pytest.mark.parametrize(
    ("state", "status"),
    [
        ({}, 200),
        ({"renewal": Renewal.ROTATING, "rotated_at": NOON, "generation": 1}, 200),
        ({"ended_at": NOON, "end_cause": EndCause.REVOKED}, 401),
        ({"expires_at": NOON}, 401),
    ],
    ids=str,
)
async def test_answers_are_json_of_a_known_length_with_the_headers_of_their_status(
    house: HttpOverFakes, client: httpx.AsyncClient, state: dict[str, Any], status: int
) -> None:
    session, _ = house.add_session(**state)
    body = {"refreshToken": house.text_of(a_token(session))}
    answer = await client.post(PATH, json=body)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Length"] == str(len(answer.content))
    assert answer.headers["Cache-Control"] == "no-store"
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    if status == 401:
        assert json.loads(answer.content)["error"]["target"] == "refreshToken"


@pytest.mark.proves("H7")
async def test_an_outage_names_the_operation_and_says_when_to_return(
    house: HttpOverFakes, client: httpx.AsyncClient, logged: Captured
) -> None:
    _, token = house.add_session()
    house.database.is_down = True
    answer = await client.post(PATH, json={"refreshToken": token})
    assert (answer.status_code, code_of(answer)) == (503, "unavailable")
    assert answer.json()["error"]["target"] == PATH
    assert answer.headers["Retry-After"] == "1"
    assert logged.lines == []
