"""Back ends open sessions for users of their own, list and end them, and explain tokens."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.support.alice import PASSWORD
from tests.support.fakes.back_end import (
    ACTOR,
    EXPLAIN,
    USERS,
    add_client,
    fault,
    filled,
    listed,
    opened,
    operations,
    put,
    user_of,
)
from tests.support.fakes.builders import MINUTE
from tests.support.fakes.http_over_fakes import HttpOverFakes

pytestmark = pytest.mark.anyio


async def test_a_session_is_opened_for_a_user_that_nobody_added(
    house: HttpOverFakes, shop: httpx.AsyncClient
) -> None:
    tokens = await opened(shop)
    assert set(tokens) == {
        *("sessionId", "jwtToken", "refreshToken", "tokenType", "expiresIn", "sessionExpiresIn")
    }
    assert (tokens["tokenType"], tokens["expiresIn"]) == ("Bearer", 600)
    assert tokens["sessionExpiresIn"] == 90 * 24 * 3600
    user = user_of(house)
    assert (user.name, user.password_hash, user.roles) == (None, None, ())
    assert house.jwts.signed[tokens["jwtToken"]].subject == "4711"
    assert house.audit.names == ["userAdded", "sessionOpened"]
    shop.auth = httpx.Auth()
    refreshed = await shop.post(
        "/api/v1/authenticate/refresh", json={"refreshToken": tokens["refreshToken"]}
    )
    assert refreshed.status_code == 200


async def test_a_session_has_what_the_back_end_chose(
    house: HttpOverFakes, shop: httpx.AsyncClient
) -> None:
    terms = {"audiences": ("orders", "invoices"), "scopes": ("read", "write")}
    await add_client(house, "mobile", **terms)
    tokens = await opened(
        shop,
        client="mobile",
        renewal="rotating",
        lifetime=1800,
        audience=["invoices", "orders"],
        scope="write read write",
        claims={"plan": "pro"},
        device="a phone",
        address="2001:DB8::1",
        authTime="2026-06-01T11:59:00+00:00",
        amr=["pwd", "otp"],
        acr="2",
        actor="support-7",
    )
    [session] = house.database.sessions.values()
    assert (session.client_id, session.renewal.value) == ("mobile", "rotating")
    assert (session.origin.device, session.origin.address) == ("a phone", "2001:db8::1")
    assert tokens["sessionExpiresIn"] == 1800
    grant = session.grant
    assert grant is not None
    assert (grant.audience, grant.scope) == (("invoices", "orders"), ("write", "read"))
    assert (grant.claims, grant.actor) == ('{"plan":"pro"}', "support-7")
    assert (grant.amr, grant.acr) == (("pwd", "otp"), "2")
    assert grant.authenticated_at == house.clock() - MINUTE
    [shown] = (await listed(shop))["sessions"]
    assert (shown["client"], shown["actor"]) == ("mobile", "support-7")


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"client": "nobody"}, ("client", "unknownValue")),
        ({"audience": "orders"}, ("audience", "outsideTerms")),
        ({"scope": "read"}, ("scope", "outsideTerms")),
        ({"lifetime": 90 * 24 * 3600 + 1}, ("lifetime", "outsideTerms")),
        ({"lifetime": 3601, "actor": "support"}, ("lifetime", "outsideTerms")),
        ({"lifetime": 0}, ("lifetime", "outOfRange")),
        ({"renewal": "never"}, ("renewal", "unknownValue")),
        ({"claims": {"exp": 1}}, ("claims", "registeredName")),
        ({"claims": "x"}, ("claims", "notAnObject")),
        ({"actor": "a b"}, ("actor", "malformed")),
        ({"address": "nowhere"}, ("address", "malformed")),
        ({"device": "x" * 201}, ("device", "tooLong")),
        ({"authTime": "2026-06-01T12:00:01Z"}, ("authTime", "outsideTerms")),
        ({"authTime": "2026-06-01T12:00:00"}, ("authTime", "wrongType")),
        ({"amr": "pwd"}, ("amr", "wrongType")),
        ({"proofKey": "0ZcOCORZNYy"}, ("proofKey", "malformed")),
        ({"lifetme": 7}, ("body", "unknownField")),
    ],
    ids=str,
)
async def test_what_no_session_can_have_is_refused_by_its_field(
    house: HttpOverFakes, shop: httpx.AsyncClient, body: dict[str, Any], found: tuple[str, str]
) -> None:
    await put(shop)
    answer = await shop.post(f"{USERS}/4711/sessions", json=body)
    assert fault(answer) == (400, "invalidRequest", *found)
    assert not house.database.sessions


async def test_a_user_can_be_required(house: HttpOverFakes, shop: httpx.AsyncClient) -> None:
    answer = await shop.post(f"{USERS}/4711/sessions", json={"requireUser": True})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "userNotFound")
    assert not house.database.users


async def test_a_support_session_is_short_shown_to_the_user_and_changes_no_password(
    house: HttpOverFakes, shop: httpx.AsyncClient
) -> None:
    await put(shop, name="alice", password=PASSWORD)
    own, support = await opened(shop), await opened(shop, actor="support-7")
    assert support["sessionExpiresIn"] == 3600
    assert house.audit.events[-1].actor == ACTOR
    shop.auth = httpx.Auth()
    bearer = {"Authorization": f"Bearer {own['jwtToken']}"}
    seen = (await shop.get("/api/v1/sessions", headers=bearer)).json()["sessions"]
    assert [one["actor"] for one in seen] == [None, "support-7"]
    change = {"oldPassword": PASSWORD, "newPassword": "another password"}
    bearer = {"Authorization": f"Bearer {support['jwtToken']}"}
    refused = await shop.post("/api/v1/password", json=change, headers=bearer)
    assert fault(refused) == (403, "notAllowed", "/api/v1/password", "ownSession")
    assert user_of(house).credentials_epoch == 0


async def test_sessions_are_ended_one_by_one_and_all_at_once(
    house: HttpOverFakes, shop: httpx.AsyncClient
) -> None:
    first, second = await opened(shop), await opened(shop)
    other = await opened(shop, "4712")
    path = f"{USERS}/4711/sessions"
    assert (await shop.delete(f"{path}/{other['sessionId']}")).status_code == 404
    assert (await shop.delete(f"{path}/{uuid4()}")).status_code == 404
    for _ in range(2):
        assert (await shop.delete(f"{path}/{first['sessionId']}")).status_code == 204
    assert [one["id"] for one in (await listed(shop))["sessions"]] == [second["sessionId"]]
    assert (await shop.delete(path)).status_code == 204
    assert (await listed(shop))["sessions"] == []
    over = (await listed(shop, ended=True))["sessions"]
    causes = {one["id"]: (one["endCause"], one["endedAt"] is None) for one in over}
    assert causes == {
        first["sessionId"]: ("sessionRevoked", False),
        second["sessionId"]: ("loggedOutEverywhere", True),
    }
    assert len((await listed(shop, "4712"))["sessions"]) == 1


async def test_an_expired_and_an_idle_session_say_since_when(
    house: HttpOverFakes, shop: httpx.AsyncClient
) -> None:
    await opened(shop, lifetime=60)
    await opened(shop)
    house.clock.advance(house.can.back_ends.list_sessions.renewal_policy.idle + MINUTE)
    over = (await listed(shop, ended=True))["sessions"]
    assert [(one["endCause"], one["endedAt"]) for one in over] == [
        ("sessionExpired", "2026-06-01T12:01:00Z"),
        ("sessionIdle", "2026-06-15T12:00:00Z"),
    ]


async def test_a_token_is_explained_and_nothing_changes(
    house: HttpOverFakes, shop: httpx.AsyncClient
) -> None:
    tokens = await opened(shop, renewal="rotating")
    house.database.writes.clear()
    answer = await shop.post(EXPLAIN, json={"refreshToken": tokens["refreshToken"]})
    assert answer.json() == {
        "rule": "rotation",
        "cause": None,
        "endsSession": False,
        "session": tokens["sessionId"],
        "subject": "4711",
        "generation": 0,
        "storedGeneration": 0,
    }
    assert not house.database.writes
    made_up = await shop.post(EXPLAIN, json={"refreshToken": "rmt1_x"})
    assert (made_up.status_code, made_up.json()["error"]["code"]) == (401, "invalidRefreshToken")


async def test_no_client_gets_a_token_that_it_was_not_handed(
    house: HttpOverFakes, shop: httpx.AsyncClient
) -> None:
    """A leaked secret refreshes no session of a public client, and reads no token."""
    tokens = await opened(shop)
    for path in ("refresh", "revoke"):
        answer = await shop.post(
            f"/api/v1/authenticate/{path}", json={"refreshToken": tokens["refreshToken"]}
        )
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalidClient")
    for method, path, _ in await operations(shop):
        if path == EXPLAIN or method == "delete":
            continue
        answer = await shop.request(method, filled(path), json={})
        assert tokens["refreshToken"] not in answer.text
        assert tokens["jwtToken"] not in answer.text
