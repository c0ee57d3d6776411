"""Back ends manage users of their own."""

from typing import Any

import httpx
import pytest

from tests.support.alice import PASSWORD
from tests.support.fakes.back_end import (
    ACTOR,
    EXPLAIN,
    USERS,
    fault,
    listed,
    opened,
    put,
    user_of,
)
from tests.support.fakes.fakes import FakePasswords
from tests.support.fakes.http_over_fakes import HttpOverFakes

pytestmark = pytest.mark.anyio


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
