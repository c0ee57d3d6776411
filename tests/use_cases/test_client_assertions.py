"""Confidential clients that sign with a key of their own (RFC 7523 section 2.2)."""

from typing import Any

import pytest

from domain.assertions import Assertion
from domain.causes import AssertionFlaw
from domain.clients import ClientAssertion, ClientCredentials, ClientTerms, Permission
from domain.errors import (
    ClientSecretConflict,
    InvalidClient,
    InvalidKeySource,
    NotAllowed,
)
from domain.events import ClientKeysSet, ClientRefused
from domain.key_sources import KeySource
from tests.support.fakes.builders import HOUR, MINUTE, NOON, OPERATOR, a_client, an_assertion
from tests.support.fakes.fakes import Patience
from tests.support.fakes.use_cases_over_fakes import NAMES, ORIGIN, UseCasesOverFakes

pytestmark = pytest.mark.anyio

KEYS, OTHER_KEYS = '{"keys": ["a"]}', '{"keys": ["b"]}'
numbers = iter(range(1_000_000))


async def add(house: UseCasesOverFakes, *may: Permission) -> None:
    added = await house.can.operators.add_client(
        "shop", ClientTerms(may=may), is_public=False, jwks=KEYS, by=OPERATOR
    )
    assert added.secret is None
    assert not added.client.is_public
    house.audit.events.clear()


def of_shop(**differences: Any) -> Assertion:
    own: dict[str, Any] = {
        "issuer": "shop",
        "subject": "shop",
        "audience": NAMES[:1],
        "id": str(next(numbers)),
    }
    return an_assertion(**own | differences)


def signed(
    house: UseCasesOverFakes, keys: str = KEYS, named: str | None = None, **differences: Any
) -> ClientAssertion:
    text = house.assertions.sign(of_shop(**differences), KeySource(jwks=keys))
    return ClientAssertion(text, named)


@pytest.mark.parametrize("audience", NAMES)
@pytest.mark.parametrize("named", [None, "shop"])
async def test_a_client_proves_itself_by_its_key(
    house: UseCasesOverFakes, audience: str, named: str | None
) -> None:
    await add(house, Permission.INTROSPECT)
    proof = signed(house, named=named, audience=(audience,))
    client = await house.can.back_ends.client_check.allowed(proof, Permission.INTROSPECT)
    assert client.id == "shop"
    with pytest.raises(NotAllowed):
        await house.can.back_ends.client_check.allowed(signed(house), Permission.OPEN_SESSIONS)


async def test_its_sessions_continue_with_its_assertions_alone(house: UseCasesOverFakes) -> None:
    await add(house)
    issued = await house.can.operators.open_session(
        (await house.add_user("ada")).subject, ORIGIN, by=OPERATOR, client_id="shop"
    )
    with pytest.raises(InvalidClient):
        await house.refresh(issued.refresh_token)
    with pytest.raises(InvalidClient):
        await house.can.presenters.refresh(
            issued.refresh_token, Patience(), ClientCredentials("shop", None)
        )
    await house.can.presenters.refresh(issued.refresh_token, Patience(), signed(house))
    await house.can.presenters.revoke_token(issued.jwt, signed(house))
    assert house.database.sessions[issued.session.id].ended_at is not None


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        ({"keys": OTHER_KEYS}, AssertionFlaw.WRONG_SIGNATURE),
        ({"named": "other"}, AssertionFlaw.WRONG_CLIENT),
        ({"subject": "other"}, AssertionFlaw.WRONG_SUBJECT),
        ({"audience": ("shop",)}, AssertionFlaw.WRONG_AUDIENCE),
        ({"expires_at": NOON - HOUR}, AssertionFlaw.EXPIRED),
        ({"expires_at": NOON + 2 * HOUR}, AssertionFlaw.VALID_TOO_LONG),
        ({"id": None}, AssertionFlaw.WITHOUT_ID),
        ({"issuer": "other"}, AssertionFlaw.UNKNOWN_KEY),
        ({"issuer": "app"}, AssertionFlaw.UNKNOWN_KEY),
        ({"issuer": "gone"}, AssertionFlaw.UNKNOWN_KEY),
    ],
)
async def test_any_other_assertion_proves_nothing(
    house: UseCasesOverFakes, given: dict[str, Any], cause: AssertionFlaw
) -> None:
    await add(house)
    await house.stores.clients.add(a_client("app"))
    await house.stores.clients.add(a_client("gone", jwks=KEYS, disabled_at=NOON))
    proof = signed(house, **given)
    with pytest.raises(InvalidClient):
        await house.can.back_ends.client_check.authenticated(proof)
    named = given.get("issuer", "shop")
    assert house.audit.events == [ClientRefused.of(named, cause, at=NOON)]


async def test_an_assertion_counts_once(house: UseCasesOverFakes) -> None:
    await add(house)
    proof = signed(house)
    check = house.can.back_ends.client_check
    await check.authenticated(proof)
    with pytest.raises(InvalidClient):
        await check.authenticated(proof)
    house.passes(10 * MINUTE)
    await house.can.server.purge()
    with pytest.raises(InvalidClient):
        await check.authenticated(proof)


async def test_keys_are_changed_without_a_gap(house: UseCasesOverFakes) -> None:
    await add(house)
    changed = await house.can.operators.set_client_keys("shop", OTHER_KEYS, by=OPERATOR)
    assert changed.jwks == OTHER_KEYS
    assert house.audit.events == [ClientKeysSet(at=NOON, actor=OPERATOR, client="shop")]
    check = house.can.back_ends.client_check
    await check.authenticated(signed(house, OTHER_KEYS))
    with pytest.raises(InvalidClient):
        await check.authenticated(signed(house))


async def test_a_client_can_have_a_secret_and_keys(house: UseCasesOverFakes) -> None:
    await add(house)
    can, check = house.can.operators, house.can.back_ends.client_check
    secret = await can.add_client_secret("shop", by=OPERATOR)
    await check.authenticated(ClientCredentials("shop", secret))
    await check.authenticated(signed(house))
    await can.drop_client_secret("shop", by=OPERATOR)
    with pytest.raises(InvalidClient):
        await check.authenticated(ClientCredentials("shop", secret))
    await check.authenticated(signed(house))
    with pytest.raises(ClientSecretConflict):
        await can.drop_client_secret("shop", by=OPERATOR)


async def test_a_client_never_loses_the_last_thing_that_proves_it(
    house: UseCasesOverFakes,
) -> None:
    await add(house)
    can = house.can.operators
    with pytest.raises(ClientSecretConflict):
        await can.set_client_keys("shop", None, by=OPERATOR)
    secret = await can.add_client_secret("shop", by=OPERATOR)
    await can.set_client_keys("shop", None, by=OPERATOR)
    with pytest.raises(ClientSecretConflict):
        await can.drop_client_secret("shop", newer=True, by=OPERATOR)
    check = house.can.back_ends.client_check
    await check.authenticated(ClientCredentials("shop", secret))
    with pytest.raises(InvalidClient):
        await check.authenticated(signed(house))


async def test_a_public_client_gets_no_keys(house: UseCasesOverFakes) -> None:
    await house.stores.clients.add(a_client("app"))
    with pytest.raises(ClientSecretConflict):
        await house.can.operators.set_client_keys("app", KEYS, by=OPERATOR)


async def test_a_text_that_is_no_key_set_is_refused(house: UseCasesOverFakes) -> None:
    await add(house)
    can = house.can.operators
    with pytest.raises(InvalidKeySource):
        await can.set_client_keys("shop", "no keys", by=OPERATOR)
    with pytest.raises(InvalidKeySource):
        await can.add_client("other", ClientTerms(), is_public=False, jwks="no keys", by=OPERATOR)
    assert set(house.database.clients) == {"shop"}
