"""The token endpoint: the refresh of RFC 6749, its errors, and whose token it is."""

import re
from typing import Any

import httpx
import pytest

from domain.causes import EndCause
from domain.grants import Grant
from domain.sessions import Renewal
from interfaces.http.oauth import introspection, revocation
from interfaces.http.oauth import token as token_endpoint
from interfaces.http.oauth.errors import OAUTH_ERRORS, OAuthError
from tests.support.fakes.back_end import SECRET, add_client, of_client
from tests.support.fakes.builders import MINUTE, NOON, a_client
from tests.support.fakes.http_over_fakes import HttpOverFakes

pytestmark = [pytest.mark.anyio, pytest.mark.proves("O1", "O2", "O3")]

TOKEN = "/oauth/token"
CALENDAR = ("calendar:read", "calendar:write")


async def exchanged(client: httpx.AsyncClient, token: str, **more: Any) -> httpx.Response:
    auth = more.pop("auth", None)
    form = {"grant_type": "refresh_token", "refresh_token": token, **more}
    return await client.post(TOKEN, data=form, auth=auth)


def refused(answer: httpx.Response) -> tuple[int, str]:
    assert set(answer.json()) == {"error", "error_description"}
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, answer.json()["error"]


async def test_a_reusable_session_gets_an_access_token(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    session, token = house.add_session()
    answer = await exchanged(client, token)
    said = answer.json()
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert house.jwts.signed[said.pop("access_token")].session_id == session.id
    left = int((session.expires_at - NOON).total_seconds())
    assert said == {
        "token_type": "Bearer",
        "expires_in": 600,
        "refresh_token_expires_in": left,
    }


async def test_a_rotating_session_gets_the_next_refresh_token_at_either_door(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    _, first = house.add_session(renewal=Renewal.ROTATING)
    second = (await exchanged(client, first)).json()["refresh_token"]
    house.passes(MINUTE)
    answer = await client.post("/api/v1/authenticate/refresh", json={"refreshToken": second})
    third = answer.json()["refreshToken"]
    house.passes(MINUTE)
    assert (
        len({first, second, third, (await exchanged(client, third)).json()["refresh_token"]}) == 4
    )
    assert refused(await exchanged(client, first)) == (400, "invalid_grant")
    assert refused(await exchanged(client, third)) == (400, "invalid_grant")


FORMS: list[tuple[bytes, int, str]] = [
    (b"", 400, "invalid_request"),
    (b"grant_type=refresh_token", 400, "invalid_request"),
    (b"refresh_token=rmt1_x", 400, "invalid_request"),
    (b"grant_type=&refresh_token=rmt1_x", 400, "invalid_request"),
    (b"grant_type=refresh_token&refresh_token=", 400, "invalid_request"),
    (b"grant_type=refresh_token&refresh_token=x&refresh_token=x", 400, "invalid_request"),
    (b"grant_type=refresh_token&grant_type=refresh_token", 400, "invalid_request"),
    (b"a=1&a=2&grant_type=refresh_token&refresh_token=x", 400, "invalid_request"),
    (b"grant_type=refresh_token&refresh_token=%ff", 400, "invalid_request"),
    (b"grant_type=refresh_token&refresh_token=\xff", 400, "invalid_request"),
    (b"grant_type=refresh_token&refresh_token=a%00b", 400, "invalid_request"),
    (b"grant_type=refresh_token&refresh_token=" + b"x" * 1025, 400, "invalid_request"),
    (b"nonsense", 400, "invalid_request"),
    (b"&".join(b"p%d=1" % number for number in range(40)), 400, "invalid_request"),
    (b'{"grant_type": "refresh_token"}', 400, "invalid_request"),
    (b"grant_type=password&username=a&password=b", 400, "unsupported_grant_type"),
    (b"grant_type=REFRESH_TOKEN&refresh_token=x", 400, "unsupported_grant_type"),
    (b"grant_type=refresh_token&refresh_token=rmt1_x", 400, "invalid_grant"),
    (b"grant_type=refresh_token&refresh_token=rmt1_x&more=1", 400, "invalid_grant"),
    (b"grant_type=refresh_token&refresh_token=x&client_secret=y", 400, "invalid_request"),
    (
        b"grant_type=refresh_token&refresh_token=x&client_id=no&client_secret=y",
        401,
        "invalid_client",
    ),
    (b"x" * 20_000, 413, "invalid_request"),
]


@pytest.mark.parametrize(
    ("form", "status", "error"), FORMS, ids=[repr(row[0][:40]) for row in FORMS]
)
async def test_every_other_form_is_refused(
    client: httpx.AsyncClient, form: bytes, status: int, error: str
) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await client.post(TOKEN, content=form, headers=headers)
    assert refused(answer) == (status, error)
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "application/json"}, 415),
        ({"Content-Type": "text/plain"}, 415),
        ({}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded; charset=latin-1"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded", "Content-Encoding": "gzip"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Digest x"}, 400),
        ({"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Basic !"}, 401),
    ],
    ids=str,
)
async def test_headers_that_are_not_understood_are_refused(
    house: HttpOverFakes, client: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    _, token = house.add_session()
    form = f"grant_type=refresh_token&refresh_token={token}".encode()
    answer = await client.post(TOKEN, content=form, headers=headers)
    expected = "invalid_client" if status == 401 else "invalid_request"
    assert refused(answer) == (status, expected)


@pytest.mark.parametrize("media_type", ["; charset=UTF-8", ";charset=utf8", ""])
async def test_a_charset_of_utf_8_is_understood(
    house: HttpOverFakes, client: httpx.AsyncClient, media_type: str
) -> None:
    _, token = house.add_session()
    form = f"grant_type=refresh_token&refresh_token={token}".encode()
    headers = {"Content-Type": f"application/x-www-form-urlencoded{media_type}"}
    assert (await client.post(TOKEN, content=form, headers=headers)).status_code == 200


async def test_parameters_in_the_query_string_do_not_count(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    _, token = house.add_session()
    query = {"grant_type": "refresh_token", "refresh_token": token}
    answer = await client.post(TOKEN, params=query, data={"x": "y"})
    assert refused(answer) == (400, "invalid_request")
    answer = await client.get(TOKEN, params=query)
    assert answer.status_code == 405


async def test_the_session_of_a_confidential_client_takes_its_secret_in_either_way(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    await add_client(house, "shop")
    await add_client(house, "other")
    _, token = house.add_session(**of_client(house, "shop"))
    ways: list[dict[str, Any]] = [
        {"auth": ("shop", SECRET)},
        {"auth": ("shop", SECRET), "client_id": "shop"},
        {"client_id": "shop", "client_secret": SECRET},
    ]
    for way in ways:
        assert (await exchanged(client, token, **way)).status_code == 200
    wrong: list[tuple[dict[str, Any], tuple[int, str]]] = [
        ({}, (401, "invalid_client")),
        ({"client_id": "shop"}, (401, "invalid_client")),
        ({"auth": ("shop", "wrong")}, (401, "invalid_client")),
        ({"client_id": "shop", "client_secret": "wrong"}, (401, "invalid_client")),
        ({"auth": ("other", SECRET), "client_id": "shop"}, (401, "invalid_client")),
        ({"auth": ("other", SECRET)}, (400, "invalid_grant")),
        ({"client_id": "other"}, (400, "invalid_grant")),
        ({"client_id": "nobody"}, (400, "invalid_grant")),
        ({"client_id": "remint"}, (400, "invalid_grant")),
        ({"auth": ("shop", SECRET), "client_secret": SECRET}, (400, "invalid_request")),
    ]
    for way, expected in wrong:
        answer = await exchanged(client, token, **way)
        assert refused(answer) == expected, way
        if expected[0] == 401:
            assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert (await exchanged(client, token, **ways[0])).status_code == 200


async def test_the_session_of_a_public_client_continues_for_that_client_alone(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    await house.stores.clients.add(a_client("app"))
    await house.stores.clients.add(a_client("another"))
    _, token = house.add_session(**of_client(house, "app"))
    _, built_in = house.add_session()
    assert (await exchanged(client, token, client_id="app")).status_code == 200
    assert (await exchanged(client, token)).status_code == 200
    assert (await exchanged(client, built_in, client_id="remint")).status_code == 200
    for named in ("another", "remint"):
        assert refused(await exchanged(client, token, client_id=named)) == (400, "invalid_grant")
    assert refused(await exchanged(client, built_in, client_id="app")) == (400, "invalid_grant")


async def test_an_access_token_can_have_less_than_its_session(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    grant = Grant(scope=CALENDAR, audience=("calendar", "mail"))
    session, token = house.add_session(grant=grant, renewal=Renewal.ROTATING)
    less = await exchanged(client, token, scope="calendar:read", resource="mail")
    assert less.json()["scope"] == "calendar:read"
    signed = house.jwts.signed[less.json()["access_token"]].grant
    assert signed is not None
    assert (signed.scope, signed.audience) == (("calendar:read",), ("mail",))
    token = less.json()["refresh_token"]
    house.passes(MINUTE)
    before = house.database.sessions[session.id]
    assert refused(await exchanged(client, token, scope="mail:read")) == (400, "invalid_scope")
    assert refused(await exchanged(client, token, resource="shop")) == (400, "invalid_target")
    assert house.database.sessions[session.id] == before
    whole = (await exchanged(client, token)).json()
    assert whole["scope"] == " ".join(CALENDAR)


async def test_the_audience_of_the_settings_is_a_resource_and_no_scope_is_added(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    _, token = house.add_session()
    assert (await exchanged(client, token, resource="remint")).status_code == 200
    assert refused(await exchanged(client, token, scope="admin")) == (400, "invalid_scope")


async def test_an_ended_session_is_an_invalid_grant_with_its_cause(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    _, token = house.add_session(ended_at=NOON, end_cause=EndCause.REVOKED)
    answer = await exchanged(client, token)
    assert refused(answer) == (400, "invalid_grant")
    assert "sessionRevoked" in answer.json()["error_description"]


async def test_an_outage_is_never_an_invalid_grant(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    _, token = house.add_session()
    house.jwts.has_key = False
    answer = await exchanged(client, token)
    assert refused(answer) == (503, "temporarily_unavailable")
    assert int(answer.headers["Retry-After"]) >= 1


ERRORS = (*token_endpoint.ERRORS, *revocation.ERRORS, *introspection.ERRORS)


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_every_error_has_a_word_and_a_sentence_that_rfc_6749_allows(error: Exception) -> None:
    said = OAUTH_ERRORS(error).body
    assert isinstance(said, OAuthError)
    assert re.fullmatch(r"[a-z_]+", said.error)
    assert re.fullmatch(r"[\x20\x21\x23-\x5b\x5d-\x7e]+", said.error_description)
