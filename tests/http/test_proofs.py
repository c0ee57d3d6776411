"""Proofs of possession at every door (RFC 9449)."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from domain.clients import ClientTerms, Permission
from domain.proofs import Proof, ath_of
from interfaces.http.wire.options import HttpOptions
from tests.support.alice import PASSWORD
from tests.support.checks.http_calls import calling
from tests.support.fakes.back_end import SECRET
from tests.support.fakes.builders import a_client, an_assertion, an_issuer
from tests.support.fakes.http_over_fakes import HttpOverFakes
from tests.support.fakes.use_cases_over_fakes import PROOFS

pytestmark = [pytest.mark.anyio, pytest.mark.proves("O7")]

LOG_IN = "/api/v1/authenticate"
REFRESH = "/api/v1/authenticate/refresh"
TOKEN = "/oauth/token"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
numbers = iter(range(1_000_000))


def proved(
    house: HttpOverFakes, path: str, method: str = "POST", **differences: Any
) -> dict[str, str]:
    """The header, by the key `mine`."""
    own: dict[str, Any] = {
        "key": "mine",
        "method": method,
        "address": f"http://localhost:8080{path}",
        "id": str(next(numbers)),
        "issued_at": house.clock(),
    }
    return {"DPoP": house.proofs.sign(Proof(**own | differences))}


async def log_in(client: httpx.AsyncClient, headers: dict[str, str]) -> httpx.Response:
    body = {"username": "someone", "password": PASSWORD}
    return await client.post(LOG_IN, json=body, headers=headers)


async def at_the_json_door(
    client: httpx.AsyncClient, token: str, headers: dict[str, str]
) -> httpx.Response:
    return await client.post(REFRESH, json={"refreshToken": token}, headers=headers)


async def at_the_oauth_door(
    client: httpx.AsyncClient, token: str, headers: dict[str, str]
) -> httpx.Response:
    form = {"grant_type": "refresh_token", "refresh_token": token}
    return await client.post(TOKEN, data=form, headers=headers)


DOORS = [(at_the_json_door, REFRESH), (at_the_oauth_door, TOKEN)]
Door = Callable[[httpx.AsyncClient, str, dict[str, str]], Awaitable[httpx.Response]]


@pytest.fixture
async def house() -> HttpOverFakes:
    house = HttpOverFakes()
    await house.add_user()
    return house


async def bound_session(house: HttpOverFakes, client: httpx.AsyncClient) -> dict[str, str]:
    answer = await log_in(client, proved(house, LOG_IN))
    assert answer.status_code == 200
    return dict(answer.json())


@pytest.mark.parametrize(("door", "path"), DOORS)
async def test_a_bound_session_continues_with_its_key_at_either_door(
    house: HttpOverFakes, client: httpx.AsyncClient, door: Door, path: str
) -> None:
    token = (await bound_session(house, client))["refreshToken"]
    answer = await door(client, token, proved(house, path))
    assert answer.status_code == 200
    said = answer.json()
    assert said.get("token_type", "DPoP") == "DPoP"
    jwt = house.jwts.signed[said.get("access_token") or said["jwtToken"]]
    assert jwt.grant is not None
    assert jwt.grant.proof_key == "mine"


@pytest.mark.parametrize(
    ("headers", "flaw"),
    [
        (lambda house, path: {}, "missing"),
        (lambda house, path: {"DPoP": ""}, "malformed"),
        (lambda house, path: {"DPoP": "x.y.z"}, "malformed"),
        (lambda house, path: proved(house, path, key="thief"), "wrongKey"),
        (lambda house, path: proved(house, path, "GET"), "wrongMethod"),
        (lambda house, path: proved(house, path + "/"), "wrongAddress"),
        (lambda house, path: proved(house, "/elsewhere"), "wrongAddress"),
    ],
)
@pytest.mark.parametrize(("door", "path"), DOORS)
async def test_without_its_proof_a_bound_session_is_refused_and_stays(
    house: HttpOverFakes,
    client: httpx.AsyncClient,
    door: Door,
    path: str,
    headers: Callable[[HttpOverFakes, str], dict[str, str]],
    flaw: str,
) -> None:
    token = (await bound_session(house, client))["refreshToken"]
    before = dict(house.database.sessions)
    answer = await door(client, token, headers(house, path))
    assert house.database.sessions == before
    if path == TOKEN:
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")
        assert answer.json()["error_description"].endswith(f"Cause: {flaw}.")
    else:
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["target"]) == (401, "invalidProof", "DPoP")
        assert error["details"][0]["code"] == flaw
        challenge = answer.headers["WWW-Authenticate"]
        assert challenge.startswith('DPoP error="invalid_dpop_proof", algs="')
        assert "ES256" in challenge
    assert (await door(client, token, proved(house, path))).status_code == 200


@pytest.mark.parametrize(("door", "path"), DOORS)
async def test_a_captured_request_is_worth_nothing(
    house: HttpOverFakes, client: httpx.AsyncClient, door: Door, path: str
) -> None:
    token = (await bound_session(house, client))["refreshToken"]
    captured = proved(house, path)
    assert (await door(client, token, captured)).status_code == 200
    for _ in range(3):
        answer = await door(client, token, captured)
        assert answer.status_code == (400 if path == TOKEN else 401)
        assert "replayed" in answer.text


async def test_two_proofs_are_none(house: HttpOverFakes, client: httpx.AsyncClient) -> None:
    token = (await bound_session(house, client))["refreshToken"]
    one, two = (proved(house, REFRESH)["DPoP"] for _ in range(2))
    answer = await client.post(
        REFRESH,
        json={"refreshToken": token},
        headers=[("DPoP", one), ("DPoP", two)],
    )
    assert answer.json()["error"]["details"][0]["code"] == "malformed"


async def test_a_wrong_proof_at_the_log_in_opens_nothing(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    answer = await log_in(client, proved(house, REFRESH))
    assert answer.json()["error"]["code"] == "invalidProof"
    assert not house.database.sessions


async def test_an_assertion_with_a_proof_opens_a_bound_session(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    issuer = an_issuer()
    await house.stores.trusted_issuers.add(issuer)
    text = house.assertions.sign(an_assertion(), issuer.terms.keys)
    form = {"grant_type": GRANT, "assertion": text}
    said = (await client.post(TOKEN, data=form, headers=proved(house, TOKEN))).json()
    assert said["token_type"] == "DPoP"
    assert (await at_the_oauth_door(client, said["refresh_token"], {})).status_code == 400


async def test_the_account_asks_for_the_proof_of_a_bound_jwt(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    jwt = (await bound_session(house, client))["jwtToken"]

    def of_jwt(**differences: Any) -> dict[str, str]:
        own: dict[str, Any] = {"ath": ath_of(jwt), **differences}
        return proved(house, "/api/v1/sessions", "GET", **own)

    async def listed(headers: dict[str, str]) -> tuple[int, str]:
        answer = await client.get("/api/v1/sessions", headers=headers)
        error = answer.json().get("error")
        return answer.status_code, error["details"][0]["code"] if error else ""

    dpop = {"Authorization": f"DPoP {jwt}"}
    assert await listed(dpop | of_jwt()) == (200, "")
    assert await listed(dpop) == (401, "missing")
    assert await listed(dpop | of_jwt(ath=None)) == (401, "wrongToken")
    assert await listed(dpop | of_jwt(key="thief")) == (401, "wrongKey")
    assert await listed({"Authorization": f"Bearer {jwt}"}) == (401, "missing")
    answer = await client.get("/api/v1/sessions", headers=dpop | of_jwt())
    assert [session["bound"] for session in answer.json()["sessions"]] == [True]


async def test_a_jwt_without_a_key_is_not_presented_as_if_it_had_one(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    jwt = (await log_in(client, {})).json()["jwtToken"]
    proof = proved(house, "/api/v1/sessions", "GET", ath=ath_of(jwt))
    answer = await client.get("/api/v1/sessions", headers={"Authorization": f"DPoP {jwt}"} | proof)
    assert answer.json()["error"]["code"] == "invalidAccessToken"


async def test_a_back_end_binds_a_session_and_introspection_tells_it(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    terms = ClientTerms(may=(Permission.OPEN_SESSIONS, Permission.INTROSPECT))
    await house.stores.clients.add(a_client("shop", SECRET, terms=terms))
    key = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
    shop = ("shop", SECRET)
    answer = await client.post("/api/v1/users/4711/sessions", json={"proofKey": key}, auth=shop)
    said = answer.json()
    assert said["tokenType"] == "DPoP"
    for token, kind in ((said["jwtToken"], "DPoP"), (said["refreshToken"], None)):
        told = (await client.post("/oauth/introspect", data={"token": token}, auth=shop)).json()
        assert (told["cnf"], told.get("token_type")) == ({"jkt": key}, kind)
    answer = await at_the_json_door(client, said["refreshToken"], {})
    assert answer.json()["error"]["code"] == "invalidProof"
    answer = await at_the_json_door(client, said["refreshToken"], proved(house, REFRESH, key=key))
    assert answer.status_code == 200


@pytest.mark.parametrize(("door", "path"), DOORS)
async def test_where_nonces_are_needed_the_answer_has_the_next_one(door: Door, path: str) -> None:
    house = HttpOverFakes(proofs=replace(PROOFS, needs_nonce=True))
    await house.add_user()
    async with calling(house.app()) as client:
        answer = await log_in(client, proved(house, LOG_IN))
        nonce = answer.headers["DPoP-Nonce"]
        assert 'error="use_dpop_nonce"' in answer.headers["WWW-Authenticate"]
        token = (await log_in(client, proved(house, LOG_IN, nonce=nonce))).json()["refreshToken"]
        answer = await door(client, token, proved(house, path))
        assert answer.status_code == (400 if path == TOKEN else 401)
        assert "use_dpop_nonce" in (answer.text + answer.headers.get("WWW-Authenticate", ""))
        nonce = answer.headers["DPoP-Nonce"]
        assert (await door(client, token, proved(house, path, nonce=nonce))).status_code == 200


async def test_the_public_address_counts_and_never_the_host() -> None:
    house = HttpOverFakes(proofs=replace(PROOFS, address="https://auth.example/tenant"))
    await house.add_user()
    async with calling(house.app(HttpOptions(issuer="https://auth.example/tenant"))) as client:
        wrong = proved(house, LOG_IN, address=f"{client.base_url}".rstrip("/") + LOG_IN)
        assert (await log_in(client, wrong | {"Host": "auth.example"})).status_code == 401
        right = proved(house, LOG_IN, address=f"https://AUTH.example:443/tenant{LOG_IN}?x#y")
        assert (await log_in(client, right)).status_code == 200


async def test_the_metadata_names_the_algorithms_of_proofs(client: httpx.AsyncClient) -> None:
    said = (await client.get("/.well-known/oauth-authorization-server")).json()
    assert {"ES256", "EdDSA", "RS256"} <= set(said["dpop_signing_alg_values_supported"])
