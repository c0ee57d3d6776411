"""The introspection endpoint asks the session (RFC 7662), and tells strangers nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from domain.clients import Permission
from domain.grants import Grant
from domain.sessions import Renewal
from tests.support.fakes.back_end import SECRET, add_client
from tests.support.fakes.builders import HOUR, MINUTE, NOON, OPERATOR
from tests.support.fakes.http_over_fakes import HttpOverFakes

pytestmark = [pytest.mark.anyio, pytest.mark.proves("O5")]

INTROSPECT = "/oauth/introspect"
INACTIVE = {"active": False}


@pytest.fixture(autouse=True)
async def service(house: HttpOverFakes) -> None:
    await add_client(house, "service", Permission.INTROSPECT)
    await add_client(house, "opener", Permission.OPEN_SESSIONS)


async def asked(client: httpx.AsyncClient, token: str) -> Any:
    answer = await client.post(INTROSPECT, data={"token": token}, auth=("service", SECRET))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json()


async def test_a_jwt_is_active_with_its_claims(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    opened = await house.signed_in()
    at = int(NOON.timestamp())
    signed = house.jwts.signed[opened.jwt]
    assert await asked(client, opened.jwt) == {
        "active": True,
        "token_type": "Bearer",
        "iss": "http://localhost:8080",
        "sub": signed.subject,
        "aud": "remint",
        "client_id": "remint",
        "iat": at,
        "exp": at + 600,
        "jti": signed.id,
        "sid": str(opened.session.id),
    }


async def test_a_refresh_token_is_active_as_long_as_its_session(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    grant = Grant(scope=("a", "b"), audience=("x", "y"))
    session, token = house.add_session(renewal=Renewal.ROTATING, grant=grant)
    said = await asked(client, token)
    assert said["active"] is True
    assert "token_type" not in said
    assert (said["scope"], said["aud"]) == ("a b", ["x", "y"])
    assert said["exp"] == int(session.expires_at.timestamp())
    before = house.database.sessions[session.id]
    house.passes(session.expires_at - NOON)
    assert await asked(client, token) == INACTIVE
    assert house.database.sessions[session.id] == before


async def test_a_superseded_refresh_token_is_inactive_and_nothing_ends(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    _, first = house.add_session(renewal=Renewal.ROTATING)
    last = await house.rotate(await house.rotate(first))
    assert await asked(client, first) == INACTIVE
    assert (await asked(client, last))["active"] is True


End = Callable[[HttpOverFakes, str], Awaitable[object]]
ENDS: dict[str, End] = {
    "log-out": lambda house, token: house.can.presenters.revoke(token),
    "log-out everywhere": lambda house, _: house.can.operators.log_out_user("someone", by=OPERATOR),
    "disabled": lambda house, _: house.can.operators.disable_user("someone", by=OPERATOR),
    "deleted": lambda house, _: house.can.operators.delete_user("someone", by=OPERATOR),
}


@pytest.mark.parametrize("end", ENDS)
async def test_both_tokens_are_inactive_the_moment_the_session_is_over(
    house: HttpOverFakes, client: httpx.AsyncClient, end: str
) -> None:
    opened = await house.signed_in()
    await ENDS[end](house, opened.refresh_token)
    assert await asked(client, opened.jwt) == INACTIVE
    assert await asked(client, opened.refresh_token) == INACTIVE


async def test_a_jwt_with_rights_of_before_is_inactive_and_the_session_is_not(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    opened = await house.signed_in()
    await house.can.operators.set_user(
        "someone", lambda profile: replace(profile, roles=("admin",)), by=OPERATOR
    )
    assert await asked(client, opened.jwt) == INACTIVE
    house.passes(MINUTE)
    renewed = await house.refresh(opened.refresh_token)
    assert (await asked(client, renewed.jwt))["active"] is True


async def test_an_expired_jwt_and_everything_unknown_are_exactly_inactive(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    opened = await house.signed_in()
    house.passes(HOUR)
    for token in (opened.jwt, "rmt1_x", "a.b.c", "?", opened.refresh_token + "x"):
        assert await asked(client, token) == INACTIVE


@pytest.mark.parametrize(
    ("way", "status", "error"),
    [
        ({}, 401, "invalid_client"),
        ({"client_id": "service"}, 401, "invalid_client"),
        ({"client_id": "service", "client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "opener", "client_secret": SECRET}, 403, "unauthorized_client"),
    ],
    ids=str,
)
async def test_only_a_client_that_may_introspect_is_told_anything(
    house: HttpOverFakes, client: httpx.AsyncClient, way: dict[str, str], status: int, error: str
) -> None:
    _, token = house.add_session()
    answer = await client.post(INTROSPECT, data={"token": token, **way})
    assert (answer.status_code, answer.json()["error"]) == (status, error)


async def test_the_secret_in_the_form_will_do(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    _, token = house.add_session()
    form = {"token": token, "client_id": "service", "client_secret": SECRET}
    assert (await client.post(INTROSPECT, data=form)).json()["active"] is True
