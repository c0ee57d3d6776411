"""Whose address counts, which pages can call from a browser, and what HTTPS-only servers say."""

from datetime import timedelta

import httpx
import pytest

from interfaces.http.server.headers import ResponseHeaders
from interfaces.http.wire.options import HttpOptions
from tests.support.alice import PASSWORD
from tests.support.checks.http_calls import calling
from tests.support.fakes.http_over_fakes import HttpOverFakes

pytestmark = pytest.mark.anyio

A_PROXY = "10.1.2.3"
PROXIES = ("10.0.0.0/8", "fd00::/8")


async def address_seen(
    peer: str, *forwarded: str, proxies: tuple[str, ...] = PROXIES, header: str = "X-Forwarded-For"
) -> str:
    """What a session remembers as its client's address."""
    house = HttpOverFakes()
    await house.add_user("ada")
    app = house.app(HttpOptions(trusted_proxies=proxies))
    async with calling(app, address=peer) as client:
        await client.post(
            "/api/v1/authenticate",
            json={"username": "ada", "password": PASSWORD},
            headers=[(header, value) for value in forwarded],
        )
    (session,) = house.database.sessions.values()
    return session.origin.address


@pytest.mark.proves("H12")
async def test_forwarded_addresses_count_from_nobody_by_default() -> None:
    assert await address_seen("127.0.0.1", "203.0.113.7", proxies=()) == "127.0.0.1"


@pytest.mark.proves("H12")
async def test_a_stranger_cannot_choose_an_address() -> None:
    assert await address_seen("198.51.100.1", "203.0.113.7") == "198.51.100.1"


@pytest.mark.proves("H12")
@pytest.mark.parametrize(
    ("forwarded", "seen"),
    [
        (["203.0.113.7"], "203.0.113.7"),
        (["6.6.6.6, 203.0.113.7"], "203.0.113.7"),
        (["6.6.6.6", "203.0.113.7"], "203.0.113.7"),
        (["203.0.113.7, 10.9.9.9"], "203.0.113.7"),
        (["6.6.6.6, 203.0.113.7, 10.9.9.9"], "203.0.113.7"),
        (["10.8.8.8, 10.9.9.9"], "10.8.8.8"),
        (["203.0.113.7:4711"], "203.0.113.7"),
        (["[2001:db8::7]:4711"], "2001:db8::7"),
        (["2001:db8::7"], "2001:db8::7"),
        (["::ffff:203.0.113.7"], "203.0.113.7"),
        (["unknown"], A_PROXY),
        (["203.0.113.7, garbage"], A_PROXY),
        ([""], A_PROXY),
        ([], A_PROXY),
    ],
)
async def test_a_proxys_word_counts_as_far_as_proxies_reach(
    forwarded: list[str], seen: str
) -> None:
    assert await address_seen(A_PROXY, *forwarded) == seen


@pytest.mark.proves("H12")
async def test_a_proxy_over_ipv6_counts_as_well() -> None:
    assert await address_seen("fd00::1", "203.0.113.7") == "203.0.113.7"


@pytest.mark.proves("H12")
@pytest.mark.parametrize("header", ["Forwarded", "X-Real-IP", "Client-IP"])
async def test_no_other_header_chooses_the_address(header: str) -> None:
    assert await address_seen(A_PROXY, "for=203.0.113.7", header=header) == A_PROXY


@pytest.mark.proves("H14")
async def test_no_page_of_another_origin_may_call_by_default(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/health/live", headers={"Origin": "https://app.example.com"})
    assert not any(name.startswith("access-control") for name in answer.headers)


@pytest.mark.proves("H14")
@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://app.example.com", "https://app.example.com"),
        ("https://app.example.com.evil.example", None),
        ("https://evil-app.example.com", None),
        ("http://app.example.com", None),
        ("https://appxexample.com", None),
        ("https://app.exampleZcom", None),
        ("https://APP.example.com", None),
        ("https://app.example.com:8443", None),
        ("https://app.example.com/", None),
        ("null", None),
    ],
)
async def test_only_pages_of_the_exact_origins_may_call(
    house: HttpOverFakes, origin: str, allowed: str | None
) -> None:
    options = HttpOptions(cors_origins=("https://app.example.com",))
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    async with calling(house.app(options)) as client:
        before = await client.options("/api/v1/authenticate/refresh", headers=asked)
        answer = await client.post("/api/v1/authenticate/refresh", headers={"Origin": origin})
    assert before.headers.get("Access-Control-Allow-Origin") == allowed
    assert answer.headers.get("Access-Control-Allow-Origin") == allowed
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.proves("H10")
async def test_browsers_are_told_to_stay_on_https_where_the_settings_say_so(
    house: HttpOverFakes,
) -> None:
    headers = ResponseHeaders(hsts=timedelta(days=365))
    async with calling(house.app(headers=headers)) as client:
        answers = [
            await client.get("/health/live"),
            await client.get("/nowhere"),
            await client.post("/api/v1/authenticate/refresh", json={"refreshToken": "x"}),
        ]
    assert {answer.headers["Strict-Transport-Security"] for answer in answers} == {
        "max-age=31536000"
    }


PUBLISHED = (
    *("/.well-known/jwks.json", "/.well-known/jwks.pem", "/openapi.json"),
    *("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"),
)
AN_ORIGIN = "https://app.example.com"
PREFLIGHT = {"Origin": AN_ORIGIN, "Access-Control-Request-Method": "POST"}


@pytest.mark.parametrize(
    "headers",
    [
        "content-type,traceparent,tracestate,x-request-id",
        "authorization, x-requested-with, baggage",
        "Content-Type,DPoP",
        "",
    ],
)
async def test_headers_that_browser_libraries_add_pass_the_preflight(
    house: HttpOverFakes, headers: str
) -> None:
    asked = PREFLIGHT | {"Access-Control-Request-Headers": headers}
    async with calling(house.app(HttpOptions(cors_origins=(AN_ORIGIN,)))) as client:
        answer = await client.options("/api/v1/authenticate/refresh", headers=asked)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == AN_ORIGIN
    assert answer.headers["Vary"] == "Origin"
    allowed = answer.headers["Access-Control-Allow-Headers"].lower().split(", ")
    assert {name.strip().lower() for name in headers.split(",")} - {""} <= set(allowed)
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]


@pytest.mark.parametrize(
    "asked",
    [
        {"Origin": "https://evil.example"},
        {"Access-Control-Request-Method": "PATCH"},
        {"Access-Control-Request-Headers": "content-type,x-evil"},
    ],
)
async def test_a_refused_preflight_looks_like_every_other_refusal(
    house: HttpOverFakes, asked: dict[str, str]
) -> None:
    async with calling(house.app(HttpOptions(cors_origins=(AN_ORIGIN,)))) as client:
        answer = await client.options("/api/v1/authenticate/refresh", headers=PREFLIGHT | asked)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "originNotAllowed"
    assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize("origins", [(), (AN_ORIGIN,)])
@pytest.mark.parametrize("path", PUBLISHED)
async def test_public_documents_are_readable_from_anywhere(
    house: HttpOverFakes, path: str, origins: tuple[str, ...]
) -> None:
    async with calling(house.app(HttpOptions(cors_origins=origins))) as client:
        for headers in ({}, {"Origin": AN_ORIGIN}, {"Origin": "https://other.example"}):
            answer = await client.get(path, headers=headers)
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert "Vary" not in answer.headers
        asked = {"Origin": "null", "Access-Control-Request-Method": "GET"}
        asked["Access-Control-Request-Headers"] = "if-none-match"
        assert (await client.options(path, headers=asked)).status_code == 204


async def test_an_answer_without_origin_says_that_it_depends_on_the_origin(
    house: HttpOverFakes,
) -> None:
    async with calling(house.app(HttpOptions(cors_origins=(AN_ORIGIN,)))) as client:
        assert (await client.get("/health/live")).headers["Vary"] == "Origin"
        options = await client.options("/health/live", headers={"Origin": AN_ORIGIN})
    assert options.headers["Allow"] == "GET, HEAD, OPTIONS"
