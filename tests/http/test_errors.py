"""One error body everywhere, with the status and headers that HTTP asks for."""

from dataclasses import replace

import httpx
import msgspec
import pytest

from domain import errors as domain
from domain.login_throttle import ThrottlePolicy
from domain.refresh_tokens import RefreshToken
from domain.sessions import AtLimit, Renewal, SessionLimit
from interfaces.http.wire.error_table import ERROR_TABLE
from interfaces.http.wire.json_errors import ErrorBody
from tests.support.alice import PASSWORD
from tests.support.checks.http_calls import calling
from tests.support.fakes.builders import DAY
from tests.support.fakes.fakes import FakeCodec
from tests.support.fakes.http_over_fakes import HttpOverFakes
from tests.support.fakes.log_capture import Captured
from tests.support.fakes.use_cases_over_fakes import some_terms

pytestmark = pytest.mark.anyio

LOGIN = "/api/v1/authenticate"
REFRESH = "/api/v1/authenticate/refresh"
A_LOGIN = {"username": "ada", "password": PASSWORD}
A_SINGLE_ONE = SessionLimit(count=1, at_limit=AtLimit.REFUSE, idle=DAY)
JSON = {"Content-Type": "application/json"}


def code_of(answer: httpx.Response) -> str:
    """The error's code, once the body has exactly the shape of an error."""
    body = msgspec.json.decode(answer.content, type=ErrorBody)
    assert answer.json().keys() == {"error"}
    assert answer.json()["error"].keys() == {"code", "message", "target", "details"}
    return body.error.code


def test_every_domain_error_has_its_place_in_the_one_table() -> None:
    family = {kind for kind in vars(domain).values() if isinstance(kind, type)}
    errors = {kind for kind in family if issubclass(kind, domain.RemintError)}
    assert errors - {domain.RemintError} <= ERROR_TABLE.keys()


@pytest.mark.proves("H1")
@pytest.mark.parametrize(
    ("body", "target"),
    [
        (b"", "body"),
        (b"{}", "refreshToken"),
        (b"[]", "body"),
        (b"null", "body"),
        (b'"text"', "body"),
        (b'{"refreshToken": null}', "refreshToken"),
        (b'{"refreshToken": 5}', "refreshToken"),
        (b'{"refreshToken": ["a"]}', "refreshToken"),
        (b'{"refreshToken": ""}', "refreshToken"),
        (b'{"refreshToken": " \\t\\n "}', "refreshToken"),
        (b'{"refreshToken": "a\\u0000b"}', "refreshToken"),
        (b'{"refreshToken": "%s"}' % (b"a" * 1025), "refreshToken"),
        (b'{"refresh_token": "a"}', "refreshToken"),
    ],
)
async def test_a_body_that_is_not_what_the_contract_asks_for_is_a_400(
    client: httpx.AsyncClient, body: bytes, target: str
) -> None:
    answer = await client.post(REFRESH, content=body, headers=JSON)
    assert (answer.status_code, code_of(answer)) == (400, "invalidRequest")
    assert answer.json()["error"]["target"] == target


@pytest.mark.proves("H1")
async def test_the_longest_token_that_is_looked_at_is_a_401(client: httpx.AsyncClient) -> None:
    answer = await client.post(REFRESH, json={"refreshToken": "a" * 1024})
    assert (answer.status_code, code_of(answer)) == (401, "invalidRefreshToken")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.proves("H2")
async def test_an_unknown_renewal_is_refused_without_echoing_it(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post(LOGIN, json=A_LOGIN | {"renewal": "CANARY"})
    error = answer.json()["error"]
    assert (answer.status_code, error["target"]) == (400, "renewal")
    assert [detail["code"] for detail in error["details"]] == ["unknownValue"]
    assert "CANARY" not in answer.text


@pytest.mark.proves("H2")
@pytest.mark.parametrize("path", ["/CANARY", "/schema/CANARY", "/api/v1/CANARY", "/docs/CANARY"])
async def test_an_unknown_path_answers_in_the_same_shape_without_echo(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path, params={"q": "CANARY"})
    assert (answer.status_code, code_of(answer)) == (404, "notFound")
    assert "CANARY" not in answer.text + str(answer.headers)


@pytest.mark.proves("H4")
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD", "TRACE"])
async def test_a_wrong_method_is_told_the_right_one(client: httpx.AsyncClient, method: str) -> None:
    answer = await client.request(method, REFRESH)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"].split(", ")


@pytest.mark.proves("H5")
@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "application/jsonp"},
        {"Content-Type": ""},
        JSON | {"Content-Encoding": "gzip"},
        JSON | {"Content-Encoding": "identity, br"},
    ],
)
async def test_only_plain_utf8_json_is_read(
    house: HttpOverFakes, client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    _, token = house.add_session()
    body = f'{{"refreshToken": "{token}"}}'.encode()
    answer = await client.post(REFRESH, content=body, headers=headers)
    assert (answer.status_code, code_of(answer)) == (415, "unsupportedMediaType")


@pytest.mark.proves("H5")
@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=UTF-8",
        'application/json;charset="utf-8"',
    ],
)
async def test_ways_to_say_plain_utf8_json_are_alike(
    house: HttpOverFakes, client: httpx.AsyncClient, content_type: str
) -> None:
    _, token = house.add_session()
    body = f'{{"refreshToken": "{token}"}}'.encode()
    answer = await client.post(REFRESH, content=body, headers={"Content-Type": content_type})
    assert answer.status_code == 200


@pytest.mark.proves("H6")
@pytest.mark.parametrize("size", [16_385, 1_000_000])
async def test_a_body_over_16_kib_is_refused(client: httpx.AsyncClient, size: int) -> None:
    body = b'{"refreshToken": "' + b"a" * (size - 20) + b'"}'
    answer = await client.post(REFRESH, content=body, headers=JSON)
    assert (len(body), answer.status_code, code_of(answer)) == (size, 413, "bodyTooLarge")


async def test_a_body_of_16_kib_is_read(client: httpx.AsyncClient) -> None:
    body = b'{"refreshToken": "a"}' + b" " * (16_384 - 21)
    answer = await client.post(REFRESH, content=body, headers=JSON)
    assert answer.status_code == 401


@pytest.mark.proves("H7")
async def test_an_outage_is_a_503_that_says_when_to_return(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    _, token = house.add_session()
    house.database.is_down = True
    answer = await client.post(REFRESH, json={"refreshToken": token})
    assert (answer.status_code, code_of(answer)) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) >= 1


@pytest.mark.proves("H7")
async def test_a_throttled_source_is_told_when_to_return() -> None:
    house = HttpOverFakes(throttle=ThrottlePolicy(per_source=1))
    async with calling(house.app()) as client:
        await client.post(LOGIN, json=A_LOGIN)
        answer = await client.post(LOGIN, json=A_LOGIN)
    assert (answer.status_code, code_of(answer)) == (429, "tooManyLogins")
    assert answer.headers["Retry-After"] == str(15 * 60)


@pytest.mark.proves("L13")
async def test_a_user_at_the_limit_is_refused_one_more_session() -> None:
    house = HttpOverFakes(terms=some_terms(Renewal.REUSABLE, A_SINGLE_ONE))
    await house.add_user("ada")
    async with calling(house.app()) as client:
        assert (await client.post(LOGIN, json=A_LOGIN)).status_code == 200
        answer = await client.post(LOGIN, json=A_LOGIN)
    assert (answer.status_code, code_of(answer)) == (409, "tooManySessions")


class Exploding(FakeCodec):
    """A codec with a bug that quotes what it was given."""

    def read(self, text: str) -> RefreshToken:
        raise RuntimeError(f"cannot read {text}")


@pytest.mark.proves("S1")
async def test_a_crash_is_a_500_that_reveals_nothing_and_is_logged_once_without_secrets(
    logged: Captured,
) -> None:
    logged.set_up("debug")
    house = HttpOverFakes()
    broken = replace(house.can.presenters.refresh, refresh_tokens=Exploding())
    house.can = replace(house.can, presenters=replace(house.can.presenters, refresh=broken))
    async with calling(house.app()) as client:
        answer = await client.post(REFRESH, json={"refreshToken": "CANARY"})
    assert (answer.status_code, code_of(answer)) == (500, "internalError")
    assert "CANARY" not in answer.text + logged.text
    [line] = logged.lines
    assert (line["event"], line["level"], line["errors"]) == ("crash", "error", ["RuntimeError"])
    assert "test_errors.py" in line["at"][-1]


@pytest.mark.proves("H9", "H10")
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", LOGIN, 400),
        ("POST", REFRESH, 400),
        ("GET", "/nowhere", 404),
        ("GET", REFRESH, 405),
        ("GET", "/health/live", 200),
    ],
)
async def test_nothing_but_public_documents_may_be_stored_or_sniffed(
    client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Server" not in answer.headers
    assert "Strict-Transport-Security" not in answer.headers


@pytest.mark.proves("H9")
async def test_tokens_are_never_stored_by_caches(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    _, token = house.add_session()
    answer = await client.post(REFRESH, json={"refreshToken": token})
    assert answer.headers["Cache-Control"] == "no-store"
