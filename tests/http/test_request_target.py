"""Each path is routed in one spelling, with and without a prefix, and HEAD is answered as GET."""

from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interfaces.http.server.request_target import _is_misspelt
from tests.support.checks.http_calls import calling
from tests.support.fakes.http_over_fakes import HttpOverFakes

pytestmark = pytest.mark.anyio

PATHS = [
    "/health/live",
    "/.well-known/jwks.json",
    "/.well-known/jwks.pem",
    "/openapi.json",
    "/docs",
    "/docs/page.js",
]
MISSPELT = [
    "/health/live/",
    "//health/live",
    "/health//live",
    "/health%2Flive",
    "/health%2flive",
    "/%68ealth/live",
    "/healt%68/live",
    "/health/live%2F",
    "/health/liv%65",
    "/health/live%00",
    "/health/live%",
    "/HEALTH/live",
    "/health/live;x",
    "/%2e/health/live",
    "/health/live%20",
]


async def status(client: httpx.AsyncClient, path: str, method: str = "GET") -> int:
    url = httpx.URL("http://remint.test").copy_with(raw_path=path.encode())
    return (await client.request(method, url)).status_code


@pytest.mark.parametrize("path", MISSPELT)
async def test_no_other_spelling_of_a_path_is_served(client: httpx.AsyncClient, path: str) -> None:
    assert await status(client, "/health/live") == 200
    assert await status(client, path) == 404


@pytest.mark.parametrize("path", ["/api/v1/authenticate/refresh/", "/api/v1//authenticate/refresh"])
async def test_a_misspelt_path_is_answered_like_an_unknown_one(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.post(path, json={"refreshToken": "made up"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "notFound")


@pytest.mark.parametrize("path", ["/health/./live", "/health/x/../live", "/./x", "/x/.", "/x/.."])
def test_a_path_with_a_dot_segment_is_misspelt(path: str) -> None:
    """Clients resolve such segments, so no client can send them."""
    assert _is_misspelt(scope(path))
    assert not _is_misspelt(scope("/.well-known/x..y"))


def scope(raw_path: str) -> Any:
    return {"path": raw_path, "raw_path": raw_path.encode()}


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0/"), min_size=1))
def test_a_parameter_of_any_text_has_the_spelling_that_rfc_3986_calls_normal(text: str) -> None:
    if text not in {".", ".."}:
        assert not _is_misspelt(scope(f"/users/{quote(text, safe='')}/sessions"))


@given(st.data())
def test_a_path_with_any_of_its_letters_encoded_is_misspelt(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(PATHS))
    place = data.draw(st.integers(1, len(path) - 1))
    encode = data.draw(st.sampled_from(["%{:02X}", "%{:02x}"])).format
    assert _is_misspelt(scope(path[:place] + encode(ord(path[place])) + path[place + 1 :]))
    assert not _is_misspelt(scope(path))


@pytest.mark.parametrize("path", PATHS)
async def test_head_is_answered_as_get_without_the_body(
    client: httpx.AsyncClient, path: str
) -> None:
    got, head = await client.get(path), await client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    unlike = {"x-request-id"}
    assert {*got.headers.items()} ^ {*head.headers.items()} == {
        (name, answer.headers[name]) for name in unlike for answer in (got, head)
    }


@pytest.mark.parametrize("method", ["OPTIONS", "PUT"])
@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/health/live", "GET, HEAD, OPTIONS"),
        ("/api/v1/sessions", "DELETE, GET, HEAD, OPTIONS"),
        ("/api/v1/authenticate", "OPTIONS, POST"),
    ],
)
async def test_head_is_allowed_wherever_get_is(
    client: httpx.AsyncClient, path: str, allowed: str, method: str
) -> None:
    assert (await client.request(method, path)).headers["Allow"] == allowed


async def test_head_of_a_path_without_get_is_no_method_of_it(client: httpx.AsyncClient) -> None:
    assert await status(client, "/api/v1/authenticate", "HEAD") == 405


@pytest.mark.parametrize("prefix", ["/auth", "/auth/", "/a/b"])
async def test_below_a_prefix_each_path_has_one_spelling_as_well(
    house: HttpOverFakes, prefix: str
) -> None:
    served = house.app()

    async def below_prefix(scope: Any, receive: Any, send: Any) -> None:
        scope["root_path"] = prefix
        await served(scope, receive, send)

    async with calling(below_prefix) as client:
        assert await status(client, f"{prefix}/health/live") == 200
        for path in (*MISSPELT, "/auth/health/live/"):
            assert await status(client, f"{prefix}{path}") == 404
        for outside in ("/health/live", f"/x{prefix}/health/live", f"{prefix}{prefix}/health/live"):
            assert await status(client, outside) == 404
