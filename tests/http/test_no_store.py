"""No answer is stored by a cache, but for the public documents."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.http.test_heads import Quick
from tests.support.alice import PASSWORD
from tests.support.checks.http_calls import calling, serving
from tests.support.fakes.http_over_fakes import HttpOverFakes
from tests.support.fakes.use_cases_over_fakes import ORIGIN

pytestmark = [pytest.mark.proves("H9"), pytest.mark.anyio]

API = "/api/v1"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW")
PUBLISHED = {
    *("/.well-known/jwks.json", "/.well-known/jwks.pem", "/docs", "/openapi.json"),
    *("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"),
}
CREDENTIALS = {"username": "ada", "password": PASSWORD}
NEW = {"oldPassword": PASSWORD, "newPassword": "another password"}


async def test_nothing_that_succeeds_is_stored(house: HttpOverFakes) -> None:
    await house.add_user("ada")
    async with calling(house.app()) as client:
        login = await client.post(f"{API}/authenticate", json=CREDENTIALS)
        token = {"refreshToken": login.json()["refreshToken"]}
        bearer = {"Authorization": f"Bearer {login.json()['jwtToken']}"}
        other = (await house.can.presenters.authenticate("ada", PASSWORD, ORIGIN)).session.id
        answers = [
            login,
            await client.post(f"{API}/authenticate/refresh", json=token),
            await client.get(f"{API}/sessions", headers=bearer),
            await client.delete(f"{API}/sessions/{other}", headers=bearer),
            await client.post(f"{API}/password", json=NEW, headers=bearer),
            await client.delete(f"{API}/sessions?keep=current", headers=bearer),
            await client.delete(f"{API}/sessions", headers=bearer),
            await client.post(f"{API}/authenticate/revoke", json=token),
            await client.get("/health/live"),
            await client.get("/health/ready"),
        ]
    assert {answer.status_code for answer in answers} == {200, 204}
    assert [answer.headers["Cache-Control"] for answer in answers] == ["no-store"] * len(answers)


@pytest.mark.parametrize("body", [b"", b"{}", b"{", b"x" * 20_000])
async def test_no_refusal_at_any_path_by_any_method_is_stored(
    house: HttpOverFakes, body: bytes
) -> None:
    async with calling(house.app()) as client:
        described = (await client.get("/openapi.json")).json()["paths"]
        for path in {*described, *PUBLISHED, "/", "/nowhere", f"{API}/sessions/x"}:
            for method in METHODS:
                answer = await client.request(method, path, content=body, headers=JSON)
                if path not in PUBLISHED or answer.status_code >= 400:
                    assert answer.headers["Cache-Control"] == "no-store", (method, path)


JSON = {"Content-Type": "application/json"}


async def busy(house: HttpOverFakes) -> None:
    house.database.is_down = True


async def broken(house: HttpOverFakes) -> None:
    house.database.sessions = None  # type: ignore[assignment]


@pytest.mark.parametrize(("trouble", "status"), [(busy, 503), (broken, 500)])
async def test_no_outage_and_no_crash_is_stored(
    house: HttpOverFakes, trouble: Callable[[HttpOverFakes], Awaitable[None]], status: int
) -> None:
    _, token = house.add_session()
    await trouble(house)
    async with calling(house.app()) as client:
        answer = await client.post(f"{API}/authenticate/refresh", json={"refreshToken": token})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (status, "no-store")


@pytest.mark.parametrize(
    "sent",
    [
        b"garbage\r\n\r\n",
        b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: remint.test\r\n" + b"X: " + b"x" * 40_000,
        b"GET / HTTP/1.1\r\nHost: remint.test\r\n",
        b"POST /api/v1/authenticate HTTP/1.1\r\nHost: remint.test\r\nContent-Length: x\r\n\r\n",
    ],
    ids=["garbage", "header", "too long", "too slow", "length"],
)
async def test_no_refusal_below_the_framework_is_stored(house: HttpOverFakes, sent: bytes) -> None:
    async with serving(house.app(), Quick) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(sent)
        head = (await asyncio.wait_for(reader.read(), 5)).partition(b"\r\n\r\n")[0].lower()
        writer.close()
    assert head.startswith(b"http/1.1 4")
    assert b"cache-control: no-store" in head
