"""Assertions at the OAuth door: as a grant, and as the proof of a client (RFC 7523)."""

from typing import Any

import httpx
import pytest

from domain.clients import ClientTerms, Permission
from domain.key_sources import KeySource
from tests.support.checks.http_calls import calling
from tests.support.fakes.back_end import SECRET
from tests.support.fakes.builders import (
    HOUR,
    NOON,
    OPERATOR,
    a_client,
    an_assertion,
    an_issuer,
)
from tests.support.fakes.http_over_fakes import HttpOverFakes
from tests.support.fakes.use_cases_over_fakes import NAMES

pytestmark = [pytest.mark.anyio, pytest.mark.proves("O1", "O2", "O3")]

TOKEN, REVOKE, INTROSPECT = "/oauth/token", "/oauth/revoke", "/oauth/introspect"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
PROOF = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ISSUER = an_issuer(claims={"email": "email"})
KEYS = '{"keys": []}'
numbers = iter(range(1_000_000))


@pytest.fixture(autouse=True)
async def parties(house: HttpOverFakes) -> None:
    terms = ClientTerms(
        may=(Permission.INTROSPECT,), audiences=("orders", "bills"), scopes=("read", "write")
    )
    await house.stores.trusted_issuers.add(ISSUER)
    await house.stores.clients.add(a_client("app"))
    await house.stores.clients.add(a_client("shop", SECRET, terms=terms))
    await house.stores.clients.add(a_client("signer", jwks=KEYS, terms=terms))


def assertion(house: HttpOverFakes, **differences: Any) -> str:
    return house.assertions.sign(an_assertion(**differences), ISSUER.terms.keys)


def proof(house: HttpOverFakes, **differences: Any) -> dict[str, str]:
    own: dict[str, Any] = {"subject": "signer", "audience": NAMES[:1], "id": str(next(numbers))}
    said = an_assertion("signer", **own | differences)
    text = house.assertions.sign(said, KeySource(jwks=KEYS))
    return {"client_assertion_type": PROOF, "client_assertion": text}


async def exchanged(client: httpx.AsyncClient, text: str, **more: Any) -> httpx.Response:
    auth = more.pop("auth", None)
    form = {"grant_type": GRANT, "assertion": text, **more}
    return await client.post(TOKEN, data=form, auth=auth)


def refused(answer: httpx.Response) -> tuple[int, str]:
    assert set(answer.json()) == {"error", "error_description"}
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, answer.json()["error"]


async def test_an_assertion_is_exchanged_for_a_session(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    answer = await exchanged(
        client, assertion(house), auth=("shop", SECRET), scope="read", resource="bills"
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    said = answer.json()
    jwt = house.jwts.signed[said.pop("access_token")]
    assert jwt.grant is not None
    assert (jwt.subject, jwt.grant.audience, jwt.grant.scope) == ("ada", ("bills",), ("read",))
    token = said.pop("refresh_token")
    [session] = house.database.sessions.values()
    left = int((session.expires_at - NOON).total_seconds())
    assert said == {
        "token_type": "Bearer",
        "expires_in": 600,
        "scope": "read",
        "refresh_token_expires_in": left,
    }
    assert session.origin.address == "127.0.0.1"
    form = {"grant_type": "refresh_token", "refresh_token": token}
    assert (await client.post(TOKEN, data=form, auth=("shop", SECRET))).status_code == 200


async def test_the_session_continues_at_the_other_door(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    token = (await exchanged(client, assertion(house))).json()["refresh_token"]
    answer = await client.post("/api/v1/authenticate/refresh", json={"refreshToken": token})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"assertion": None}, (400, "invalid_request")),
        ({"assertion": ""}, (400, "invalid_request")),
        ({"assertion": "x" * 16_385}, (413, "invalid_request")),
        ({"assertion": ["a", "b"]}, (400, "invalid_request")),
        ({"assertion": "no.such.assertion"}, (400, "invalid_grant")),
        ({"grant_type": [GRANT, GRANT]}, (400, "invalid_request")),
        ({"grant_type": GRANT.upper()}, (400, "unsupported_grant_type")),
        ({"grant_type": "urn:ietf:params:oauth:grant-type:saml2-bearer"}, (400, None)),
        ({"scope": "everything"}, (400, "invalid_scope")),
        ({"scope": ["a", "b"]}, (400, "invalid_request")),
        ({"resource": "elsewhere"}, (400, "invalid_target")),
        ({"client_id": "nobody"}, (401, "invalid_client")),
        ({"client_id": "shop"}, (401, "invalid_client")),
        ({"client_id": "shop", "client_secret": "wrong"}, (401, "invalid_client")),
        ({"client_secret": SECRET}, (400, "invalid_request")),
    ],
)
async def test_a_bad_parameter_opens_nothing(
    house: HttpOverFakes,
    client: httpx.AsyncClient,
    form: dict[str, Any],
    expected: tuple[int, str | None],
) -> None:
    whole = {"grant_type": GRANT, "assertion": assertion(house, id="once"), **form}
    given = {name: value for name, value in whole.items() if value is not None}
    answer = await client.post(TOKEN, data=given)
    status, word = refused(answer)
    assert (status, word if expected[1] else None) == expected
    assert not house.database.sessions
    assert not house.database.used_ids


async def test_a_body_that_is_no_form_opens_nothing(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    form = {"grant_type": GRANT, "assertion": assertion(house)}
    assert refused(await client.post(TOKEN, json=form)) == (415, "invalid_request")
    assert (await client.post(TOKEN, params=form)).status_code in (400, 415)
    assert not house.database.sessions


@pytest.mark.parametrize(
    ("differences", "cause"),
    [
        ({"audience": ("other",)}, "wrongAudience"),
        ({"expires_at": NOON - HOUR}, "expired"),
        ({"expires_at": NOON + 1000 * HOUR}, "validTooLong"),
        ({"not_before": NOON + HOUR}, "notYetValid"),
    ],
)
async def test_the_holder_of_an_authentic_assertion_learns_what_is_wrong_with_it(
    house: HttpOverFakes, client: httpx.AsyncClient, differences: dict[str, Any], cause: str
) -> None:
    answer = await exchanged(client, assertion(house, **differences))
    assert refused(answer) == (400, "invalid_grant")
    said = f"The assertion is not valid. Cause: {cause}."
    assert answer.json()["error_description"] == said


async def test_a_replayed_assertion_opens_nothing(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    text = assertion(house, id="once")
    assert (await exchanged(client, text)).status_code == 200
    answer = await exchanged(client, text)
    assert refused(answer) == (400, "invalid_grant")
    assert answer.json()["error_description"].endswith("Cause: replayed.")
    assert len(house.database.sessions) == 1


async def test_a_stranger_learns_nothing(house: HttpOverFakes, client: httpx.AsyncClient) -> None:
    """A party that cannot sign gets one answer, whether the issuer is trusted or not."""
    thief = KeySource(jwks="{}")
    texts = [
        house.assertions.sign(an_assertion("https://unknown.example"), ISSUER.terms.keys),
        house.assertions.sign(an_assertion(), thief),
        house.assertions.sign(an_assertion(expires_at=NOON - HOUR), thief),
        "no.such.assertion",
    ]
    answers = [await exchanged(client, text) for text in texts]
    assert {answer.status_code for answer in answers} == {400}
    assert len({answer.text for answer in answers}) == 1


async def test_what_no_user_can_have_is_an_invalid_grant(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    await exchanged(client, assertion(house))
    await house.can.operators.disable_user("ada", by=OPERATOR)
    too_long = {"email": '"' + "x" * 5000 + '"'}
    for differences in ({}, {"subject": "a b"}, {"subject": "bob", "claims": too_long}):
        answer = await exchanged(client, assertion(house, **differences))
        assert refused(answer) == (400, "invalid_grant"), differences


async def test_an_issuer_whose_keys_are_gone_is_an_outage(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    house.assertions.are_keys_gone = True
    answer = await exchanged(client, assertion(house))
    assert refused(answer) == (503, "temporarily_unavailable")
    assert int(answer.headers["Retry-After"]) >= 1
    assert "keys of the issuer" in answer.json()["error_description"]


@pytest.mark.parametrize("named", [{}, {"client_id": "signer"}])
async def test_a_client_proves_itself_by_an_assertion_at_every_endpoint(
    house: HttpOverFakes, client: httpx.AsyncClient, named: dict[str, str]
) -> None:
    opened = (await exchanged(client, assertion(house), **proof(house), **named)).json()
    token = {"token": opened["refresh_token"]}
    renewing = {"grant_type": "refresh_token", "refresh_token": opened["refresh_token"]}
    for form in (renewing, {**renewing, "client_id": "signer"}):
        assert refused(await client.post(TOKEN, data=form)) == (401, "invalid_client")
    answer = await client.post(TOKEN, data={**renewing, **proof(house), **named})
    assert answer.status_code == 200
    answer = await client.post(INTROSPECT, data={**token, **proof(house), **named})
    assert answer.json()["active"] is True
    answer = await client.post(REVOKE, data={**token, **proof(house), **named})
    assert answer.status_code == 200
    answer = await client.post(INTROSPECT, data={**token, **proof(house), **named})
    assert answer.json() == {"active": False}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"client_assertion": None}, (400, "invalid_request")),
        ({"client_assertion_type": None}, (400, "invalid_request")),
        ({"client_assertion_type": GRANT}, (400, "invalid_request")),
        ({"client_assertion": ["a", "b"]}, (400, "invalid_request")),
        ({"client_assertion": "x"}, (401, "invalid_client")),
        ({"client_id": "shop"}, (401, "invalid_client")),
        ({"client_id": "signer", "client_secret": "x"}, (400, "invalid_request")),
    ],
)
async def test_a_bad_proof_proves_nothing(
    house: HttpOverFakes,
    client: httpx.AsyncClient,
    change: dict[str, Any],
    expected: tuple[int, str],
) -> None:
    form = {"token": "x", **proof(house), **change}
    given = {name: value for name, value in form.items() if value is not None}
    assert refused(await client.post(INTROSPECT, data=given)) == expected


async def test_two_methods_at_once_are_refused(
    house: HttpOverFakes, client: httpx.AsyncClient
) -> None:
    form = {"token": "x", **proof(house)}
    answer = await client.post(INTROSPECT, data=form, auth=("shop", SECRET))
    assert refused(answer) == (400, "invalid_request")


async def test_a_proof_counts_once(house: HttpOverFakes, client: httpx.AsyncClient) -> None:
    form = {"token": "x", **proof(house)}
    assert (await client.post(INTROSPECT, data=form)).status_code == 200
    answer = await client.post(INTROSPECT, data=form)
    assert refused(answer) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


async def test_an_exchange_does_not_count_as_a_refresh(house: HttpOverFakes) -> None:
    counted: list[bool] = []
    app = house.app(reports=[lambda exchange: counted.append(exchange.is_refresh)])
    async with calling(app) as client:
        said = (await exchanged(client, assertion(house))).json()
        form = {"grant_type": "refresh_token", "refresh_token": said["refresh_token"]}
        assert (await client.post(TOKEN, data=form)).status_code == 200
    assert counted == [False, True]
    assert house.audit.names == ["userAdded", "sessionOpened"]
