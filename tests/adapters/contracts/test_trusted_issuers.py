"""What every storage of trusted issuers promises (domain.ports.trusted_issuers)."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from domain.errors import TrustedIssuerExists
from domain.key_sources import KeySource, Reach
from domain.ports.trusted_issuers import TrustedIssuers
from domain.trusted_issuers import TrustedIssuer
from tests.support.fakes.builders import HOUR, NOON, an_issuer

pytestmark = pytest.mark.anyio

CALLERS = 20


async def stored(issuers: TrustedIssuers, *args: Any, **differences: Any) -> TrustedIssuer:
    issuer = an_issuer(*args, **differences)
    await issuers.add(issuer)
    return issuer


async def test_an_issuer_is_found_exactly_as_added(trusted_issuers: TrustedIssuers) -> None:
    issuer = await stored(
        trusted_issuers,
        "https://id.example/realms/shop",
        keys=KeySource(url="https://id.example/keys?x=1", reach=Reach.PRIVATE),
        audiences=("shop", "https://shop.example/"),
        subject_prefix="keycloak:",
        client_id="mobile-app",
        max_age=HOUR,
        claims={"email": "email", "org": "https://example.com/org", "ö": "ß"},
    )
    assert await trusted_issuers.with_id(issuer.id) == issuer


async def test_an_issuer_with_keys_of_its_own_is_found_as_added(
    trusted_issuers: TrustedIssuers,
) -> None:
    issuer = await stored(trusted_issuers, keys=KeySource(jwks='{"keys": []}'))
    assert await trusted_issuers.with_id(issuer.id) == issuer


async def test_an_unknown_issuer_is_not_found(trusted_issuers: TrustedIssuers) -> None:
    assert await trusted_issuers.with_id("https://id.example") is None


async def test_an_issuer_is_trusted_once(trusted_issuers: TrustedIssuers) -> None:
    first = await stored(trusted_issuers, "shop")
    with pytest.raises(TrustedIssuerExists):
        await stored(trusted_issuers, "shop", audiences=("other",))
    assert await trusted_issuers.all() == [first]


async def test_issuers_are_listed_by_id(trusted_issuers: TrustedIssuers) -> None:
    all_of_them = [await stored(trusted_issuers, name) for name in ("b", "a-1", "a", "a.0", "B")]
    assert await trusted_issuers.all() == sorted(all_of_them, key=lambda issuer: issuer.id)


async def test_an_issuer_is_replaced(trusted_issuers: TrustedIssuers) -> None:
    other = await stored(trusted_issuers, "other")
    issuer = await stored(trusted_issuers, "shop")
    changed = TrustedIssuer(
        "shop",
        replace(issuer.terms, keys=KeySource(jwks="{}"), audiences=("a", "b"), max_age=HOUR),
        NOON + HOUR,
    )
    assert await trusted_issuers.replace(changed)
    assert await trusted_issuers.all() == [other, changed]
    assert not await trusted_issuers.replace(an_issuer("nobody"))


async def test_exactly_one_of_many_racing_callers_deletes_an_issuer(
    trusted_issuers: TrustedIssuers,
) -> None:
    issuer = await stored(trusted_issuers)
    deleted = await asyncio.gather(*(trusted_issuers.delete(issuer.id) for _ in range(CALLERS)))
    assert sum(deleted) == 1
    assert await trusted_issuers.with_id(issuer.id) is None
