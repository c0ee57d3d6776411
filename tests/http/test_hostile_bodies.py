"""Hostile bodies are refused, never a crash."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.support.checks.http_calls import calling
from tests.support.fakes.http_over_fakes import HttpOverFakes

pytestmark = [pytest.mark.proves("H8"), pytest.mark.anyio]


@pytest.fixture(scope="module")
def house() -> HttpOverFakes:
    return HttpOverFakes()


@pytest.fixture(scope="module")
async def client(house: HttpOverFakes) -> AsyncIterator[httpx.AsyncClient]:
    """One for all bodies: what one of them leaves behind meets the next."""
    async with calling(house.app()) as client:
        yield client


PATHS = [
    "/api/v1/authenticate",
    "/api/v1/authenticate/refresh",
    "/api/v1/authenticate/revoke",
]
MEMBERS = b'"refreshToken": "a", "username": "a", "password": "a"'

CORPUS = {
    "nothing at all": b" ",
    "not JSON": b"refreshToken=a",
    "cut off": b"{" + MEMBERS,
    "a comment": b"{" + MEMBERS + b"} // more",
    "two documents": b"{" + MEMBERS + b"}{" + MEMBERS + b"}",
    "a trailing comma": b"{" + MEMBERS + b",}",
    "a byte order mark": b"\xef\xbb\xbf{" + MEMBERS + b"}",
    "UTF-16": ("{" + MEMBERS.decode() + "}").encode("utf-16"),
    "UTF-32": ("{" + MEMBERS.decode() + "}").encode("utf-32"),
    "bad UTF-8 in a value": b'{"refreshToken": "\xff", "username": "\xff", "password": "\xff"}',
    "bad UTF-8 in a member nobody reads": b"{" + MEMBERS + b', "more": "\xff"}',
    "bad UTF-8 in a name": b"{" + MEMBERS + b', "\xff": 1}',
    "overlong UTF-8": b"{" + MEMBERS + b', "more": "\xc0\xaf"}',
    "a surrogate in UTF-8": b"{" + MEMBERS + b', "more": "\xed\xa0\x80"}',
    "a lone surrogate": b'{"refreshToken": "\\ud800", "username": "\\ud800", "password": "a"}',
    "a lone low surrogate": b"{" + MEMBERS + b', "more": "\\udc00"}',
    "a NUL": b'{"refreshToken": "\\u0000", "username": "\\u0000", "password": "\\u0000"}',
    "a raw NUL": b'{"refreshToken": "\x00", "username": "\x00", "password": "\x00"}',
    "a raw control character": b"{" + MEMBERS + b', "more": "\x01"}',
    "a bad escape": b"{" + MEMBERS + b', "more": "\\x41"}',
    "NaN": b"{" + MEMBERS + b', "more": NaN}',
    "Infinity": b"{" + MEMBERS + b', "more": -Infinity}',
    "a huge integer": b"{" + MEMBERS + b', "more": ' + b"9" * 10_000 + b"}",
    "deep arrays": b"[" * 16_000,
    "deep arrays in a member nobody reads": b"{" + MEMBERS + b', "more": ' + b"[" * 16_000,
    "deep objects": b'{"a":' * 2_500 + b"1" + b"}" * 2_500,
    "deep and closed": b"{" + MEMBERS + b', "more": ' + b"[" * 8_000 + b"]" * 8_000 + b"}",
    "a name twice": b"{" + MEMBERS + b', "refreshToken": "b", "username": "b", "password": "b"}',
    "a name twice, escaped": b'{"refreshToken": "a", "refresh\\u0054oken": "b"}',
    "a name twice, within": b"{" + MEMBERS + b', "more": {"a": 1, "a": 2}}',
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("body", CORPUS.values(), ids=CORPUS.keys())
async def test_a_hostile_body_is_a_400(client: httpx.AsyncClient, path: str, body: bytes) -> None:
    answer = await client.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] in {"invalidRequest", "malformedJson"}


async def test_what_is_unusual_and_well_formed_is_read(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    session, token = house.add_session()
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in token)
    body = f'\r\n\t{{"more": [1e400, "\\ud83d\\ude00", {{}}], "refreshToken": "{escaped}"}} '
    answer = await client.post(
        "/api/v1/authenticate/refresh",
        content=body.encode(),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 200
    assert house.database.sessions[session.id] == session
