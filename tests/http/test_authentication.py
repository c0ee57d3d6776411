"""Logging in, refreshing and logging out over HTTP, as the contract says."""

from datetime import timedelta

import httpx
import pytest

from domain.causes import EndCause
from domain.sessions import Renewal
from tests.support.alice import PASSWORD
from tests.support.fakes.builders import DAY, HOUR, NOON, a_token, a_user
from tests.support.fakes.http_over_fakes import HttpOverFakes

pytestmark = pytest.mark.anyio

LOGIN = "/api/v1/authenticate"
REFRESH = "/api/v1/authenticate/refresh"
REVOKE = "/api/v1/authenticate/revoke"


async def test_a_login_opens_a_session_that_refreshes(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    await house.add_user("ada")
    answer = await client.post(LOGIN, json={"username": "ada", "password": PASSWORD})
    assert answer.status_code == 200
    assert set(answer.json()) == {"jwtToken", "refreshToken"}
    refreshed = await client.post(REFRESH, json={"refreshToken": answer.json()["refreshToken"]})
    assert refreshed.status_code == 200


async def test_a_session_remembers_its_device_and_address(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    await house.add_user("ada")
    await client.post(
        LOGIN,
        json={"username": "ada", "password": PASSWORD},
        headers={"User-Agent": "x" * 300},
    )
    (session,) = house.database.sessions.values()
    assert session.origin.device == "x" * 200
    assert session.origin.address == "127.0.0.1"


@pytest.mark.parametrize("renewal", list(Renewal))
async def test_a_login_may_choose_how_its_session_renews(
    house: HttpOverFakes, client: httpx.AsyncClient, renewal: Renewal
) -> None:
    await house.add_user("ada")
    credentials = {"username": "ada", "password": PASSWORD, "renewal": renewal.value}
    assert (await client.post(LOGIN, json=credentials)).status_code == 200
    assert [session.renewal for session in house.database.sessions.values()] == [renewal]


@pytest.mark.proves("D1")
async def test_a_reusable_session_answers_the_contracts_body_and_nothing_else(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    _, token = house.add_session()
    answer = await client.post(REFRESH, json={"refreshToken": token})
    assert answer.status_code == 200
    assert set(answer.json()) == {"jwtToken"}


@pytest.mark.proves("D1")
async def test_a_rotating_session_answers_the_successor_as_well(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    session, token = house.add_session(renewal=Renewal.ROTATING)
    answer = await client.post(REFRESH, json={"refreshToken": token})
    assert answer.json()["refreshToken"] == house.text_of(a_token(session, generation=1))
    assert set(answer.json()) == {"jwtToken", "refreshToken"}


async def test_members_that_the_contract_does_not_name_are_ignored(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    _, token = house.add_session()
    answer = await client.post(REFRESH, json={"refreshToken": token, "more": [1, {"a": None}]})
    assert answer.status_code == 200


async def test_a_revoked_session_refreshes_no_more(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    _, token = house.add_session()
    revoked = await client.post(REVOKE, json={"refreshToken": token})
    assert (revoked.status_code, revoked.content) == (204, b"")
    assert (await client.post(REFRESH, json={"refreshToken": token})).status_code == 401


async def test_revoking_an_unknown_token_looks_the_same(client: httpx.AsyncClient) -> None:
    answer = await client.post(REVOKE, json={"refreshToken": "rmt1_made-up"})
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.proves("D5")
@pytest.mark.parametrize(
    ("differences", "cause"),
    [
        ({"ended_at": NOON, "end_cause": EndCause.REVOKED}, "sessionRevoked"),
        ({"ended_at": NOON, "end_cause": EndCause.REPLACED}, "sessionReplaced"),
        ({"expires_at": NOON}, "sessionExpired"),
        ({"last_used_at": NOON - 15 * DAY}, "sessionIdle"),
        ({"user": a_user(disabled_at=NOON)}, "userDisabled"),
        ({"credentials_epoch": 7}, "credentialsChanged"),
    ],
)
async def test_the_presenter_of_an_authentic_token_learns_the_cause(
    house: HttpOverFakes, client: httpx.AsyncClient, differences: dict[str, object], cause: str
) -> None:
    _, token = house.add_session(**differences)
    answer = await client.post(REFRESH, json={"refreshToken": token})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (401, "invalidRefreshToken")
    assert [detail["code"] for detail in error["details"]] == [cause]


@pytest.mark.proves("D5", "L6")
async def test_a_reused_token_ends_its_session_and_the_cause_is_told(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    session, _ = house.add_session(
        renewal=Renewal.ROTATING, generation=2, parent=1, rotated_at=NOON - HOUR
    )
    superseded = house.text_of(a_token(session, generation=0))
    answer = await client.post(REFRESH, json={"refreshToken": superseded})
    assert answer.json()["error"]["details"][0]["code"] == "refreshTokenReused"
    assert house.database.sessions[session.id].end_cause is EndCause.REUSED


@pytest.mark.proves("D5")
async def test_strangers_learn_nothing_from_a_refusal(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    session, _ = house.add_session(ended_at=NOON, end_cause=EndCause.REVOKED)
    forged = house.text_of(a_token(session, secret=b"x" * 32))
    answers = [
        await client.post(REFRESH, json={"refreshToken": text}) for text in ("made up", forged)
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["error"]["details"] == []


@pytest.mark.proves("D2")
async def test_only_an_authentic_live_token_finds_out_that_its_user_is_gone(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    session, token = house.add_session()
    del house.database.users[session.user_id]
    answer = await client.post(REFRESH, json={"refreshToken": token})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "userNotFound")
    house.clock.advance(timedelta(days=365))
    assert (await client.post(REFRESH, json={"refreshToken": token})).status_code == 401


@pytest.mark.proves("T5")
async def test_a_jwt_is_no_refresh_token(house: HttpOverFakes, client: httpx.AsyncClient) -> None:
    _, token = house.add_session()
    jwt = (await client.post(REFRESH, json={"refreshToken": token})).json()["jwtToken"]
    assert (await client.post(REFRESH, json={"refreshToken": jwt})).status_code == 401


@pytest.mark.proves("T6")
async def test_a_token_in_the_query_is_not_looked_at_and_never_echoed(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    _, token = house.add_session()
    answer = await client.post(REFRESH, params={"refreshToken": token}, json={})
    assert answer.status_code == 400
    assert token not in answer.text + str(answer.headers)


def without_id(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "x-request-id"}


@pytest.mark.proves("G1")
@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("nobody", PASSWORD),
        ("ada", "wrong"),
        ("ada", ""),
        ("ada", "x" * 5000),
        ("", ""),
        ("disabled", PASSWORD),
    ],
)
async def test_every_failed_login_looks_the_same(
    house: HttpOverFakes, client: httpx.AsyncClient, username: str, password: str
) -> None:
    await house.add_user("ada")
    disabled = await house.add_user("disabled")
    house.database.users[disabled.id] = disabled.disabled(NOON)
    wrong = await client.post(LOGIN, json={"username": "ada", "password": "nearly"})
    answer = await client.post(LOGIN, json={"username": username, "password": password})
    assert (answer.status_code, answer.content) == (401, wrong.content)
    assert without_id(answer) == without_id(wrong)
