"""What everybody can fetch: the key set, health, and the documentation."""

import json
import re
from collections.abc import AsyncIterator

import httpx
import pytest

from interfaces.http.public.docs import ASSETS
from interfaces.http.wire.options import HttpOptions
from tests.support.checks.http_calls import calling
from tests.support.fakes.http_over_fakes import HttpOverFakes

pytestmark = pytest.mark.anyio

KEY_SET = "/.well-known/jwks.json"
KEYS_IN_PEM = "/.well-known/jwks.pem"
A_KEY = {"kty": "EC", "kid": "one", "use": "sig", "alg": "ES256"}


@pytest.fixture
async def bare(house: HttpOverFakes) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service with its documentation switched off."""
    options = HttpOptions(openapi=False, docs=True)
    async with calling(house.app(options)) as client:
        yield client


@pytest.mark.proves("K2")
async def test_the_key_set_may_be_cached_by_everybody(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    house.key_set.keys = [A_KEY]
    answer = await client.get(KEY_SET)
    assert answer.json() == {"keys": [A_KEY]}
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "public, max-age=300"


async def test_the_keys_are_there_in_pem_too(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    house.key_set.keys = [A_KEY]
    answer = await client.get(KEYS_IN_PEM)
    assert answer.text == "one\n"
    assert answer.headers["Content-Type"] == "application/x-pem-file"
    assert answer.headers["Cache-Control"] == "public, max-age=300"


@pytest.mark.proves("K2")
@pytest.mark.parametrize("path", [KEY_SET, KEYS_IN_PEM])
@pytest.mark.parametrize("known", ["{}", '"other", W/{}', "*"])
async def test_whoever_has_the_keys_is_told_that_they_are_unchanged(
    client: httpx.AsyncClient, known: str, path: str
) -> None:
    tag = (await client.get(path)).headers["ETag"]
    answer = await client.get(path, headers={"If-None-Match": known.format(tag)})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["ETag"] == tag
    assert answer.headers["Cache-Control"] == "public, max-age=300"


@pytest.mark.proves("K2")
async def test_a_changed_key_set_is_sent_to_those_who_have_the_old_one(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    tag = (await client.get(KEY_SET)).headers["ETag"]
    house.key_set.keys = [A_KEY]
    answer = await client.get(KEY_SET, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.json()) == (200, {"keys": [A_KEY]})


async def test_a_server_that_lives_says_so_even_when_it_is_not_ready(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    house.readiness_check.trouble = "databaseUnavailable"
    answer = await client.get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


async def test_a_server_is_ready_when_nothing_is_wrong(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


@pytest.mark.proves("H7")
async def test_a_server_that_is_not_ready_says_what_is_wrong(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    house.readiness_check.trouble = "databaseUnavailable"
    answer = await client.get("/health/ready")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (503, "notReady")
    assert [detail["code"] for detail in error["details"]] == ["databaseUnavailable"]
    assert int(answer.headers["Retry-After"]) >= 1


async def test_the_api_page_loads_its_own_files_and_nothing_from_outside(
    client: httpx.AsyncClient,
) -> None:
    page = await client.get("/docs")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    files = [path for path in loaded if path != "data:,"]
    assert len(files) == 3
    for path in files:
        assert path.startswith("docs/")
        assert (await client.get(path)).status_code == 200


async def test_the_api_page_shows_our_document_and_sends_it_to_no_validator(
    client: httpx.AsyncClient,
) -> None:
    script = (await client.get("/docs/page.js")).text
    assert 'url: "openapi.json"' in script
    assert "validatorUrl: null" in script
    assert (await client.get("/openapi.json")).json()["openapi"].startswith("3.1")


@pytest.mark.parametrize("name", ["LICENSE", "page.html", "..%2fapp.py", "../app.py"])
async def test_only_the_pages_own_files_are_served(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"/docs/{name}")).status_code == 404


def test_the_licence_of_what_is_vendored_is_kept() -> None:
    assert "Apache License" in (ASSETS / "LICENSE").read_text()
    assert "SmartBear" in (ASSETS / "NOTICE").read_text()


@pytest.mark.proves("H16")
@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/docs/page.js"])
async def test_documentation_can_be_switched_off(bare: httpx.AsyncClient, path: str) -> None:
    answer = await bare.get(path)
    assert (answer.status_code, json.loads(answer.content)["error"]["code"]) == (404, "notFound")


async def test_the_root_points_at_the_page_below_any_prefix(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (307, "docs")
    page = (await client.get("/docs")).text
    assert 'src="/' not in page
    assert 'href="/' not in page
    assert '"/' not in (await client.get("/docs/page.js")).text
