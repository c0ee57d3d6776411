"""What operators do to trusted issuers."""

from dataclasses import replace
from typing import Any

import pytest

from domain.errors import (
    ClientNotFound,
    InvalidKeySource,
    InvalidTrustedIssuer,
    TrustedIssuerExists,
    TrustedIssuerNotFound,
    Unavailable,
)
from domain.events import IssuerDeleted, IssuerTrusted
from domain.key_sources import KeySource
from domain.trusted_issuers import IssuerTerms
from tests.support.fakes.builders import OPERATOR, a_client
from tests.support.fakes.use_cases_over_fakes import UseCasesOverFakes

pytestmark = pytest.mark.anyio

GOOGLE = "https://accounts.google.com"
TERMS = IssuerTerms(keys=KeySource(url="https://keys.example/"), audiences=("shop",))


async def test_an_issuer_is_trusted_listed_and_deleted(house: UseCasesOverFakes) -> None:
    can = house.can.operators
    issuer = await can.trust_issuer(GOOGLE, TERMS, by=OPERATOR)
    assert (issuer.id, issuer.terms, issuer.created_at) == (GOOGLE, TERMS, house.clock())
    assert await can.list_issuers() == [issuer]
    await can.delete_issuer(GOOGLE, by=OPERATOR)
    assert await can.list_issuers() == []
    assert house.audit.events == [
        IssuerTrusted(at=house.clock(), actor=OPERATOR, issuer=GOOGLE),
        IssuerDeleted(at=house.clock(), actor=OPERATOR, issuer=GOOGLE),
    ]


async def test_an_issuer_is_replaced_only_on_purpose(house: UseCasesOverFakes) -> None:
    can = house.can.operators
    changed = replace(TERMS, audiences=("other",))
    await can.trust_issuer(GOOGLE, TERMS, replacing=True, by=OPERATOR)
    with pytest.raises(TrustedIssuerExists):
        await can.trust_issuer(GOOGLE, changed, by=OPERATOR)
    [kept] = await can.list_issuers()
    assert kept.terms == TERMS
    await can.trust_issuer(GOOGLE, changed, replacing=True, by=OPERATOR)
    [kept] = await can.list_issuers()
    assert kept.terms == changed


@pytest.mark.parametrize(
    ("issuer_id", "differences", "error"),
    [
        ("", {}, InvalidTrustedIssuer),
        (GOOGLE, {"audiences": ()}, InvalidTrustedIssuer),
        (GOOGLE, {"keys": KeySource(url="http://keys.example/")}, InvalidKeySource),
        (GOOGLE, {"keys": KeySource(jwks="no key set")}, InvalidKeySource),
        (GOOGLE, {"keys": KeySource()}, InvalidKeySource),
        (GOOGLE, {"client_id": "nobody"}, ClientNotFound),
    ],
)
async def test_what_no_issuer_can_have_is_not_stored(
    house: UseCasesOverFakes, issuer_id: str, differences: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await house.can.operators.trust_issuer(
            issuer_id, replace(TERMS, **differences), by=OPERATOR
        )
    assert not house.database.trusted_issuers
    assert not house.audit.events


async def test_an_issuer_is_bound_to_a_client_that_exists(house: UseCasesOverFakes) -> None:
    await house.stores.clients.add(a_client("app"))
    terms = replace(TERMS, client_id="app", keys=KeySource(jwks="{}"))
    assert (await house.can.operators.trust_issuer(GOOGLE, terms, by=OPERATOR)).terms == terms


async def test_an_issuer_that_nobody_trusts_is_not_deleted(house: UseCasesOverFakes) -> None:
    with pytest.raises(TrustedIssuerNotFound):
        await house.can.operators.delete_issuer(GOOGLE, by=OPERATOR)
    assert not house.audit.events


async def test_only_keys_that_are_published_are_fetched(house: UseCasesOverFakes) -> None:
    can = house.can
    await can.operators.trust_issuer("own", replace(TERMS, keys=KeySource(jwks="{}")), by=OPERATOR)
    house.assertions.are_keys_gone = True
    await can.server.fetch_issuer_keys()
    await can.operators.trust_issuer(GOOGLE, TERMS, by=OPERATOR)
    with pytest.raises(Unavailable):
        await can.server.fetch_issuer_keys()
