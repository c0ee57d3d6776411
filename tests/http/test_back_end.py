"""What back ends do over HTTP: manage users of their own, and open sessions for them."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from domain.actors import Actor
from domain.clients import ClientTerms, Permission
from domain.users import User
from tests.support.alice import PASSWORD
from tests.support.fakes.builders import MINUTE, a_client
from tests.support.fakes.fakes import FakePasswords
from tests.support.fakes.http_over_fakes import HttpOverFakes

pytestmark = pytest.mark.anyio

SECRET = "rms1_c4n4ry"
USERS = "/api/v1/users"
EXPLAIN = "/api/v1/refresh-tokens/explain"
ACTOR = Actor.client("shop")


async def add_client(house: HttpOverFakes, name: str, *may: Permission, **terms: Any) -> None:
    await house.stores.clients.add(a_client(name, SECRET, terms=ClientTerms(may=may, **terms)))


@pytest.fixture
async def shop(house: HttpOverFakes, client: httpx.AsyncClient) -> httpx.AsyncClient:
    """A back end that can do everything."""
    await add_client(house, "shop", *Permission)
    client.auth = httpx.BasicAuth("shop", SECRET)
    return client


async def put(shop: httpx.AsyncClient, subject: str = "4711", **body: Any) -> dict[str, Any]:
    answer = await shop.put(f"{USERS}/{subject}", json=body)
    assert answer.status_code in (200, 201), answer.text
    return dict(answer.json())


async def opened(shop: httpx.AsyncClient, subject: str = "4711", **body: Any) -> dict[str, Any]:
    answer = await shop.post(f"{USERS}/{subject}/sessions", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def listed(shop: httpx.AsyncClient, subject: str = "4711", **query: Any) -> dict[str, Any]:
    answer = await shop.get(f"{USERS}/{subject}/sessions", params=query)
    assert answer.status_code == 200
    return dict(answer.json())


def user_of(house: HttpOverFakes, subject: str = "4711") -> User:
    [user] = [user for user in house.database.users.values() if user.subject == subject]
    return user


def fault(answer: httpx.Response) -> tuple[int, str, str, str]:
    error = answer.json()["error"]
    [detail] = error["details"]
    return answer.status_code, error["code"], error["target"], detail["code"]


# Admission.


async def operations(client: httpx.AsyncClient) -> list[tuple[str, str, str]]:
    """Method, path and permission of every operation that asks for a client."""
    document = (await client.get("/openapi.json")).json()
    needed = {"openSession": "open-sessions"}
    return [
        (method, path, needed.get(operation["operationId"], "manage-users"))
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if operation["security"] == [{"client": []}]
    ]


def filled(path: str) -> str:
    return path.format(subject="4711", session_id=uuid4())


async def test_each_permission_admits_to_its_own_operations_and_to_no_other(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    for permission in Permission:
        await add_client(house, permission.value, permission)
    table = await operations(client)
    assert len(table) >= 10
    for permission in Permission:
        for method, path, needed in table:
            answer = await client.request(
                method, filled(path), auth=(permission.value, SECRET), content=b"?"
            )
            if permission.value == needed:
                assert answer.status_code not in (401, 403)
            else:
                assert fault(answer) == (403, "notAllowed", path, needed)


@pytest.mark.parametrize(
    "auth", [None, ("shop", "wrong"), ("nobody", SECRET), ("", ""), ("app", "")], ids=str
)
async def test_nobody_else_is_admitted(
    house: HttpOverFakes, client: httpx.AsyncClient, auth: tuple[str, str] | None
) -> None:
    await add_client(house, "shop", *Permission)
    await house.stores.clients.add(a_client("app"))
    for method, path, _ in await operations(client):
        answer = await client.request(method, filled(path), auth=auth, content=b"?")
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalidClient")
        assert answer.headers["www-authenticate"].startswith("Basic ")
    assert not house.database.users


async def test_an_opening_needs_no_body(shop: httpx.AsyncClient) -> None:
    answer = await shop.post(f"{USERS}/4711/sessions")
    assert answer.status_code == 201
    document = (await shop.get("/openapi.json")).json()
    paths = document["paths"].values()
    optional = [
        operation["operationId"]
        for operation in (operation for path in paths for operation in path.values())
        if "requestBody" in operation and not operation["requestBody"].get("required")
    ]
    assert optional == ["openSession"]


async def test_a_user_s_jwt_admits_to_nothing(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    await house.add_user()
    bearer = {"Authorization": f"Bearer {(await house.log_in()).jwt}"}
    for method, path, _ in await operations(client):
        answer = await client.request(method, filled(path), headers=bearer, content=b"?")
        assert answer.status_code == 401


# Users.


async def test_a_user_is_added_and_then_replaced(
    house: HttpOverFakes, shop: httpx.AsyncClient
) -> None:
    body = {"name": "Alice", "roles": ["a", "b"], "claims": {"plan": "pro"}, "password": PASSWORD}
    added = await shop.put(f"{USERS}/4711", json=body)
    assert added.status_code == 201
    assert added.json() == {
        "subject": "4711",
        "name": "alice",
        "roles": ["a", "b"],
        "claims": {"plan": "pro"},
        "disabled": False,
        "createdAt": "2026-06-01T12:00:00Z",
        "hasPassword": True,
    }
    assert (await shop.get(f"{USERS}/4711")).json() == added.json()
    replaced = await shop.put(f"{USERS}/4711", json={"roles": ["c"]})
    assert replaced.status_code == 200
    assert replaced.json() == added.json() | {"name": None, "roles": ["c"], "claims": {}}
    assert [event.name for event in house.audit.events] == ["userAdded", "userSet"]
    assert {event.actor for event in house.audit.events} == {ACTOR}


async def test_another_password_ends_the_sessions_and_other_changes_end_none(
    house: HttpOverFakes, shop: httpx.AsyncClient
) -> None:
    await put(shop, name="alice", password=PASSWORD)
    tokens = await opened(shop)
    await shop.patch(f"{USERS}/4711", json={"roles": ["x"], "claims": {"y": 1}, "name": "bob"})
    assert len((await listed(shop))["sessions"]) == 1
    await shop.patch(f"{USERS}/4711", json={"password": "another password"})
    assert (await listed(shop))["sessions"] == []
    [over] = (await listed(shop, ended=True))["sessions"]
    assert (over["id"], over["endCause"]) == (tokens["sessionId"], "credentialsChanged")


async def test_a_hash_is_taken_in_place_of_a_password(
    house: HttpOverFakes, shop: httpx.AsyncClient
) -> None:
    digest = await FakePasswords().hash(PASSWORD)
    await put(shop, name="alice", passwordHash=digest)
    assert user_of(house).password_hash == digest
    answer = await shop.put(f"{USERS}/4711", json={"passwordHash": "$2b$12$bcrypt"})
    assert fault(answer) == (400, "invalidRequest", "passwordHash", "malformed")
    both = {"passwordHash": digest, "password": PASSWORD}
    assert (await shop.put(f"{USERS}/4711", json=both)).status_code == 400
    assert user_of(house).password_hash == digest


async def test_a_password_can_be_taken_away(house: HttpOverFakes, shop: httpx.AsyncClient) -> None:
    await put(shop, name="alice", password=PASSWORD)
    answer = await shop.patch(f"{USERS}/4711", json={"password": None})
    assert not answer.json()["hasPassword"]
    assert user_of(house).credentials_epoch == 1


@pytest.mark.parametrize(
    ("patch", "changed"),
    [
        ({}, {}),
        ({"name": None}, {"name": None}),
        ({"roles": None}, {"roles": []}),
        ({"disabled": True}, {"disabled": True}),
        ({"claims": {"plan": None}}, {"claims": {"deep": {"a": 1, "b": [1]}}}),
        (
            {"claims": {"deep": {"a": None, "c": {"d": 2}}}},
            {"claims": {"plan": "pro", "deep": {"b": [1], "c": {"d": 2}}}},
        ),
        ({"claims": {"deep": [2]}}, {"claims": {"plan": "pro", "deep": [2]}}),
        ({"claims": None}, {"claims": {}}),
        ({"claims": {"plan": None, "deep": None}}, {"claims": {}}),
    ],
    ids=str,
)
async def test_a_merge_patch_changes_what_it_names(
    shop: httpx.AsyncClient, patch: dict[str, Any], changed: dict[str, Any]
) -> None:
    claims = {"plan": "pro", "deep": {"a": 1, "b": [1]}}
    before = await put(shop, name="alice", roles=["a"], claims=claims, password=PASSWORD)
    answer = await shop.patch(f"{USERS}/4711", json=patch)
    assert answer.status_code == 200
    assert answer.json() == before | changed


async def test_numbers_stay_as_they_were_written(
    house: HttpOverFakes, shop: httpx.AsyncClient
) -> None:
    kind = {"Content-Type": "application/json"}
    first = b'{"claims":{"n":12345678901234567890123,"deep":{"price":1.10}}}'
    await shop.put(f"{USERS}/4711", content=first, headers=kind)
    patch = b'{"claims":{"deep":{"big":1e400}}}'
    answer = await shop.patch(f"{USERS}/4711", content=patch, headers=kind)
    kept = b'"claims":{"n":12345678901234567890123,"deep":{"price":1.10,"big":1e400}}'
    assert kept in answer.content
    assert kept in (await shop.get(f"{USERS}/4711")).content


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"claims": {"sub": "x"}}, ("claims", "registeredName")),
        ({"claims": {"a": "x" * 4096}}, ("claims", "tooLong")),
        ({"claims": [1]}, ("claims", "notAnObject")),
        ({"claims": 7}, ("claims", "notAnObject")),
        ({"roles": "a"}, ("roles", "wrongType")),
        ({"disabled": "yes"}, ("disabled", "wrongType")),
        ({"rolls": []}, ("body", "unknownField")),
    ],
    ids=str,
)
async def test_a_fault_names_its_field_and_changes_nothing(
    house: HttpOverFakes, shop: httpx.AsyncClient, body: dict[str, Any], found: tuple[str, str]
) -> None:
    await put(shop)
    before = user_of(house)
    for method in ("PUT", "PATCH"):
        answer = await shop.request(method, f"{USERS}/4711", json=body)
        assert fault(answer) == (400, "invalidRequest", *found)
    assert user_of(house) == before


@pytest.mark.parametrize("subject", ["a b", "é", "x" * 256, "a%20b", "%C3%A9"])
async def test_nobody_gets_a_subject_that_no_user_can_have(
    house: HttpOverFakes, shop: httpx.AsyncClient, subject: str
) -> None:
    answer = await shop.put(f"{USERS}/{subject}", json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalidSubject")
    answer = await shop.post(f"{USERS}/{subject}/sessions", json={})
    assert answer.json()["error"]["code"] == "invalidSubject"
    assert not house.database.users


async def test_a_taken_name_is_refused(shop: httpx.AsyncClient) -> None:
    await put(shop, "1", name="alice")
    for method in ("PUT", "PATCH"):
        await put(shop, "2")
        answer = await shop.request(method, f"{USERS}/2", json={"name": "ALICE"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "usernameTaken")


async def test_disabling_ends_the_sessions_and_refuses_new_ones(
    house: HttpOverFakes, shop: httpx.AsyncClient
) -> None:
    await opened(shop)
    await put(shop, disabled=True)
    [over] = (await listed(shop, ended=True))["sessions"]
    assert over["endCause"] == "userDisabled"
    refused = await shop.post(f"{USERS}/4711/sessions", json={})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "userDisabled")
    await shop.patch(f"{USERS}/4711", json={"disabled": False})
    assert await opened(shop)
    assert house.audit.names[-3:] == ["userDisabled", "userEnabled", "sessionOpened"]


async def test_users_are_listed_in_pages_and_found_by_name(shop: httpx.AsyncClient) -> None:
    for number in range(5):
        await put(shop, str(number), name=f"user{number}" if number else None)
    first = (await shop.get(USERS, params={"size": 3})).json()
    rest = (await shop.get(USERS, params={"size": 3, "after": first["next"]})).json()
    assert {user["subject"] for user in first["users"] + rest["users"]} == set("01234")
    assert (len(first["users"]), rest["next"]) == (3, None)
    found = (await shop.get(USERS, params={"name": "USER3"})).json()
    assert [user["subject"] for user in found["users"]] == ["3"]
    for nobody in ("user9", "", "\u200b"):
        assert (await shop.get(USERS, params={"name": nobody})).json()["users"] == []


async def test_deleting_is_done_once_and_answered_alike(
    house: HttpOverFakes, shop: httpx.AsyncClient
) -> None:
    tokens = await opened(shop)
    for _ in range(2):
        assert (await shop.delete(f"{USERS}/4711")).status_code == 204
    assert house.audit.names.count("userDeleted") == 1
    explained = await shop.post(EXPLAIN, json={"refreshToken": tokens["refreshToken"]})
    assert explained.json()["cause"] == "userNotFound"
    for path in ("", "/sessions"):
        assert (await shop.get(f"{USERS}/4711{path}")).status_code == 404


# Sessions.


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
        ({"proofKey": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}, ("proofKey", "wrongType")),
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
        second["sessionId"]: ("credentialsChanged", True),
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
