"""What signed-in users do about their own sessions and password."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.support.alice import PASSWORD
from tests.support.fakes.http_over_fakes import HttpOverFakes

pytestmark = pytest.mark.anyio

LOGIN = "/api/v1/authenticate"
REFRESH = "/api/v1/authenticate/refresh"
SESSIONS = "/api/v1/sessions"
NEW_PASSWORD = "a newer, longer horse battery"


async def log_in(client: httpx.AsyncClient, name: str = "ada", device: str = "x") -> dict[str, str]:
    credentials = {"username": name, "password": PASSWORD}
    answer = await client.post(LOGIN, json=credentials, headers={"User-Agent": device})
    assert answer.status_code == 200
    return dict(answer.json())


def bearing(tokens: dict[str, str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['jwtToken']}"}


async def still_refreshes(client: httpx.AsyncClient, tokens: dict[str, str]) -> bool:
    answer = await client.post(REFRESH, json={"refreshToken": tokens["refreshToken"]})
    return answer.status_code == 200


async def listed(client: httpx.AsyncClient, tokens: dict[str, str], **query: Any) -> dict[str, Any]:
    answer = await client.get(SESSIONS, headers=bearing(tokens), params=query)
    assert answer.status_code == 200
    return dict(answer.json())


@pytest.mark.proves("L11")
async def test_a_user_sees_where_they_are_signed_in_and_which_session_asks(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    await house.add_user("ada")
    await house.add_user("eve")
    phone = await log_in(client, device="phone")
    laptop = await log_in(client, device="laptop")
    await log_in(client, "eve")
    page = await listed(client, laptop)
    assert [(one["device"], one["current"]) for one in page["sessions"]] == [
        ("phone", False),
        ("laptop", True),
    ]
    assert set(page["sessions"][0]) == {
        *("id", "current", "device", "address", "client", "actor", "renewal"),
        *("openedAt", "lastUsedAt", "expiresAt", "bound"),
    }
    assert page["next"] is None
    assert (await listed(client, phone))["sessions"][0]["current"]


async def test_a_long_list_comes_in_pages(house: HttpOverFakes, client: httpx.AsyncClient) -> None:
    await house.add_user("ada")
    tokens = [await log_in(client, device=str(number)) for number in range(5)]
    seen: list[str] = []
    query: dict[str, Any] = {"size": 2}
    while True:
        page = await listed(client, tokens[0], **query)
        seen += [session["id"] for session in page["sessions"]]
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert len(seen) == len(set(seen)) == 5


@pytest.mark.proves("H1")
@pytest.mark.parametrize(
    ("query", "target", "reason"),
    [
        ({"size": 0}, "size", "outOfRange"),
        ({"size": 101}, "size", "outOfRange"),
        ({"size": "CANARY"}, "size", "wrongType"),
        ({"after": "CANARY"}, "after", "malformed"),
    ],
)
async def test_a_page_that_cannot_be_is_a_bad_request_that_names_the_field(
    house: HttpOverFakes, client: httpx.AsyncClient, query: dict[str, Any], target: str, reason: str
) -> None:
    await house.add_user("ada")
    answer = await client.get(SESSIONS, headers=bearing(await log_in(client)), params=query)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalidRequest"
    assert answer.json()["error"]["target"] == target
    assert [detail["code"] for detail in answer.json()["error"]["details"]] == [reason]
    assert "CANARY" not in answer.text


@pytest.mark.proves("L11")
async def test_a_user_ends_a_session_and_the_jwt_of_it_is_refused_here_at_once(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    await house.add_user("ada")
    lost, mine = await log_in(client), await log_in(client)
    (session,) = [one for one in (await listed(client, mine))["sessions"] if not one["current"]]
    answer = await client.delete(f"{SESSIONS}/{session['id']}", headers=bearing(mine))
    assert (answer.status_code, answer.content) == (204, b"")
    assert not await still_refreshes(client, lost)
    assert await still_refreshes(client, mine)
    refused = await client.get(SESSIONS, headers=bearing(lost))
    assert refused.status_code == 401
    assert refused.json()["error"]["code"] == "invalidAccessToken"
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]


@pytest.mark.proves("L11")
async def test_somebody_elses_session_and_none_at_all_look_the_same(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    await house.add_user("ada")
    await house.add_user("eve")
    ada, eve = await log_in(client), await log_in(client, "eve")
    (hers,) = (await listed(client, ada))["sessions"]
    answers = [
        await client.delete(f"{SESSIONS}/{one}", headers=bearing(eve))
        for one in (hers["id"], uuid4())
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()
    assert await still_refreshes(client, ada)


@pytest.mark.parametrize("word", ["x", "019b5d2c", "..%2f", "null"])
async def test_what_is_no_session_id_is_not_found(
    house: HttpOverFakes, client: httpx.AsyncClient, word: str
) -> None:
    await house.add_user("ada")
    answer = await client.delete(f"{SESSIONS}/{word}", headers=bearing(await log_in(client)))
    assert answer.status_code == 404


@pytest.mark.parametrize("spelt", [str.upper, lambda text: text.replace("-", ""), "{{{}}}".format])
async def test_a_session_has_one_spelling_in_paths(
    house: HttpOverFakes, client: httpx.AsyncClient, spelt: Callable[[str], str]
) -> None:
    await house.add_user("ada")
    mine = await log_in(client)
    [session] = (await listed(client, mine))["sessions"]
    other = await client.delete(f"{SESSIONS}/{spelt(session['id'])}", headers=bearing(mine))
    assert (other.status_code, other.json()["error"]["code"]) == (404, "notFound")
    own = await client.delete(f"{SESSIONS}/{session['id']}", headers=bearing(mine))
    assert own.status_code == 204


@pytest.mark.proves("L10")
async def test_logging_out_everywhere_ends_every_session(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    await house.add_user("ada")
    sessions = [await log_in(client) for _ in range(3)]
    answer = await client.delete(SESSIONS, headers=bearing(sessions[0]))
    assert answer.status_code == 204
    assert [await still_refreshes(client, one) for one in sessions] == [False] * 3


@pytest.mark.proves("L10")
async def test_logging_out_everywhere_may_keep_the_session_that_asks(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    await house.add_user("ada")
    sessions = [await log_in(client) for _ in range(3)]
    mine = bearing(sessions[1])
    await client.delete(SESSIONS, headers=mine, params={"keep": "current"})
    assert [await still_refreshes(client, one) for one in sessions] == [False, True, False]
    misspelt = await client.delete(SESSIONS, headers=mine, params={"keep": "this"})
    assert misspelt.status_code == 400
    assert await still_refreshes(client, sessions[1])


@pytest.mark.proves("L10")
async def test_a_password_change_ends_every_other_session(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    await house.add_user("ada")
    mine, other = await log_in(client), await log_in(client)
    answer = await client.post(
        "/api/v1/password",
        headers=bearing(mine),
        json={"oldPassword": PASSWORD, "newPassword": NEW_PASSWORD},
    )
    assert answer.status_code == 204
    assert await still_refreshes(client, mine)
    assert not await still_refreshes(client, other)
    again = await client.post(LOGIN, json={"username": "ada", "password": NEW_PASSWORD})
    assert again.status_code == 200


@pytest.mark.parametrize(
    ("old", "new", "status", "code", "target"),
    [
        ("wrong password", NEW_PASSWORD, 403, "wrongPassword", "oldPassword"),
        (PASSWORD, "short", 400, "invalidPassword", "newPassword"),
        (PASSWORD, "x" * 1025, 400, "invalidPassword", "newPassword"),
        (PASSWORD, None, 400, "invalidRequest", "newPassword"),
    ],
)
async def test_a_password_that_may_not_be_changed_stays(
    house: HttpOverFakes,
    client: httpx.AsyncClient,
    old: str,
    new: str | None,
    status: int,
    code: str,
    target: str,
) -> None:
    await house.add_user("ada")
    mine = bearing(await log_in(client))
    body = {"oldPassword": old, "newPassword": new}
    answer = await client.post("/api/v1/password", headers=mine, json=body)
    assert answer.status_code == status
    assert (answer.json()["error"]["code"], answer.json()["error"]["target"]) == (code, target)
    assert (await client.get(SESSIONS, headers=mine)).status_code == 200


@pytest.mark.proves("H3")
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer x.y.z"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer " + "A" * 9000},
        {"Cookie": "jwtToken=x.y.z"},
    ],
    ids=str,
)
async def test_nobody_gets_in_without_a_jwt_of_ours(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    body = {"oldPassword": PASSWORD, "newPassword": NEW_PASSWORD}
    for answer in (
        await client.get(SESSIONS, headers=headers),
        await client.delete(SESSIONS, headers=headers),
        await client.delete(f"{SESSIONS}/{uuid4()}", headers=headers),
        await client.post("/api/v1/password", headers=headers, json=body),
    ):
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.proves("T5", "T6")
async def test_a_jwt_counts_in_its_header_only_and_kinds_of_token_do_not_mix(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    await house.add_user("ada")
    tokens = await log_in(client)
    in_query = await client.get(SESSIONS, params={"access_token": tokens["jwtToken"]})
    assert in_query.status_code == 401
    refresh_token = {"Authorization": f"Bearer {tokens['refreshToken']}"}
    assert (await client.get(SESSIONS, headers=refresh_token)).status_code == 401
    twice = [("Authorization", f"Bearer {tokens['jwtToken']}")] * 2
    assert (await client.get(SESSIONS, headers=twice)).status_code == 401


@pytest.mark.proves("T6")
@pytest.mark.parametrize(
    ("scheme", "status"),
    [
        ("Bearer", 200),
        ("bearer", 200),
        ("BEARER", 200),
        ("Basic", 401),
        ("Bearers", 401),
        ("", 401),
    ],
)
async def test_a_jwt_is_presented_under_the_scheme_bearer_and_no_other(
    house: HttpOverFakes, client: httpx.AsyncClient, scheme: str, status: int
) -> None:
    await house.add_user("ada")
    jwt = (await log_in(client))["jwtToken"]
    answer = await client.get(SESSIONS, headers={"Authorization": f"{scheme} {jwt}"})
    assert answer.status_code == status


@pytest.mark.proves("T6")
async def test_nothing_may_follow_a_jwt(house: HttpOverFakes, client: httpx.AsyncClient) -> None:
    await house.add_user("ada")
    jwt = (await log_in(client))["jwtToken"]
    answer = await client.get(SESSIONS, headers={"Authorization": f"Bearer {jwt} {jwt}"})
    assert answer.status_code == 401


@pytest.mark.parametrize("credentials", ["Bearer", "bearer ", "BEARER   "])
async def test_one_or_more_spaces_separate_the_scheme_from_the_jwt(
    client: httpx.AsyncClient, house: HttpOverFakes, credentials: str
) -> None:
    await house.add_user("ada")
    jwt = (await log_in(client))["jwtToken"]
    answer = await client.get(SESSIONS, headers={"Authorization": f"{credentials} {jwt}"})
    assert answer.status_code == 200


async def test_a_proof_that_is_not_verified_is_refused_and_not_ignored(
    client: httpx.AsyncClient, house: HttpOverFakes
) -> None:
    await house.add_user("ada")
    headers = bearing(await log_in(client)) | {"DPoP": "x.y.z"}
    body = {"oldPassword": PASSWORD, "newPassword": NEW_PASSWORD}
    for answer in (
        await client.get(SESSIONS, headers=headers),
        await client.delete(SESSIONS, headers=headers),
        await client.post("/api/v1/password", headers=headers, json=body),
    ):
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (400, "unsupportedHeader")
        assert error["target"] == "DPoP"
