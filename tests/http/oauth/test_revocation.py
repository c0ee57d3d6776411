"""The revocation endpoint ends the session of either kind of token (RFC 7009)."""

from typing import Any

import httpx
import pytest

from domain.causes import EndCause
from domain.clients import ClientCredentials
from tests.support.fakes.back_end import SECRET, add_client, of_client
from tests.support.fakes.builders import HOUR, a_client
from tests.support.fakes.fakes import Patience
from tests.support.fakes.http_over_fakes import HttpOverFakes

pytestmark = [pytest.mark.anyio, pytest.mark.proves("O4")]

REVOKE = "/oauth/revoke"


async def revoked(client: httpx.AsyncClient, token: str, **more: Any) -> tuple[int, Any]:
    auth = more.pop("auth", None)
    answer = await client.post(REVOKE, data={"token": token, **more}, auth=auth)
    return answer.status_code, answer.json()


@pytest.mark.parametrize(
    "hint", [{}, {"token_type_hint": "refresh_token"}, {"token_type_hint": "x"}]
)
async def test_a_refresh_token_ends_its_session_once(
    house: HttpOverFakes, client: httpx.AsyncClient, hint: dict[str, str]
) -> None:
    session, token = house.add_session()
    assert await revoked(client, token, **hint) == (200, {})
    assert await revoked(client, token, **hint) == (200, {})
    assert house.database.sessions[session.id].end_cause is EndCause.REVOKED


async def test_a_jwt_ends_its_session(house: HttpOverFakes, client: httpx.AsyncClient) -> None:
    opened = await house.signed_in()
    assert await revoked(client, opened.jwt, token_type_hint="access_token") == (200, {})
    assert house.database.sessions[opened.session.id].end_cause is EndCause.REVOKED


async def test_an_unknown_or_expired_token_is_answered_alike(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    opened = await house.signed_in()
    house.passes(HOUR)
    for token in ("rmt1_x", "a.b.c", "?", opened.jwt):
        assert await revoked(client, token) == (200, {})
    assert house.database.sessions[opened.session.id].end_cause is None


async def test_another_clients_token_is_not_revoked(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    await add_client(house, "shop")
    await add_client(house, "other")
    await house.stores.clients.add(a_client("app"))
    session, token = house.add_session(**of_client(house, "shop"))
    own = ClientCredentials("shop", SECRET)
    jwt = (await house.can.presenters.refresh(token, Patience(), own)).jwt
    for presented in (token, jwt):
        for more, expected in (
            ({}, (401, "invalid_client")),
            ({"client_id": "shop"}, (401, "invalid_client")),
            ({"auth": ("shop", "wrong")}, (401, "invalid_client")),
            ({"client_id": "app"}, (400, "invalid_grant")),
            ({"auth": ("other", SECRET)}, (400, "invalid_grant")),
        ):
            status, said = await revoked(client, presented, **more)
            assert (status, said["error"]) == expected, more
    assert house.database.sessions[session.id].ended_at is None
    assert await revoked(client, jwt, auth=("shop", SECRET)) == (200, {})
    assert house.database.sessions[session.id].ended_at is not None


@pytest.mark.parametrize("form", [{}, {"token": ""}, {"token": "x" * 9000}, {"tokens": "x"}])
async def test_a_form_without_a_token_is_refused(
    client: httpx.AsyncClient, form: dict[str, str]
) -> None:
    answer = await client.post(REVOKE, data=form or {"a": "b"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
