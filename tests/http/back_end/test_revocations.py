"""Services follow the revocations over HTTP."""

import asyncio
from typing import Any

import httpx
import pytest

from domain.causes import RevocationCause
from domain.revocations import Named
from tests.support.fakes.back_end import fault
from tests.support.fakes.builders import HOUR, NOON
from tests.support.fakes.http_over_fakes import HttpOverFakes

pytestmark = pytest.mark.anyio

REVOCATIONS = "/api/v1/revocations"
AT = 1780315200
"""NOON, in seconds."""


async def followed(shop: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    answer = await shop.get(REVOCATIONS, params=query)
    assert answer.status_code == 200
    return dict(answer.json())


async def test_each_kind_is_named_by_its_claim(
    house: HttpOverFakes, shop: httpx.AsyncClient
) -> None:
    assert int(NOON.timestamp()) == AT
    revoke = house.database.revoke
    revoke(Named.SESSION, "a-session", RevocationCause.REUSED, NOON)
    revoke(Named.SUBJECT, "4711", RevocationCause.CLAIMS_CHANGED, NOON)
    revoke(Named.KEY, "a-key", RevocationCause.KEY_REMOVED, NOON)
    answer = await followed(shop)
    assert answer["revocations"] == [
        {"sid": "a-session", "notBefore": AT + 62, "cause": "refreshTokenReused"},
        {"sub": "4711", "notBefore": AT + 2, "cause": "claimsChanged"},
        {"kid": "a-key", "notBefore": AT + 2, "cause": "signingKeyRemoved"},
    ]
    assert answer["keptFor"] == 11 * 60
    assert (await followed(shop, after=answer["next"]))["revocations"] == []


async def test_a_follower_waits_for_news(house: HttpOverFakes, shop: httpx.AsyncClient) -> None:
    session, token = house.add_session(opened_at=NOON - HOUR)
    cursor = (await followed(shop))["next"]
    waiting = asyncio.create_task(followed(shop, after=cursor, wait=30))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    revoking = {"refreshToken": token}
    answer = await shop.post("/api/v1/authenticate/revoke", json=revoking, auth=httpx.Auth())
    assert answer.status_code == 204
    [revocation] = (await asyncio.wait_for(waiting, 5))["revocations"]
    assert (revocation["sid"], revocation["cause"]) == (str(session.id), "sessionRevoked")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"wait": 31}, ("wait", "outOfRange")),
        ({"wait": -1}, ("wait", "outOfRange")),
        ({"wait": "x"}, ("wait", "wrongType")),
        ({"after": "x"}, ("after", "malformed")),
        ({"after": "1-"}, ("after", "malformed")),
        ({"after": "-1"}, ("after", "malformed")),
        ({"after": ""}, ("after", "malformed")),
        ({"after": "1" * 5000}, ("after", "tooLong")),
    ],
    ids=str,
)
async def test_a_fault_names_its_parameter(
    shop: httpx.AsyncClient, query: dict[str, Any], found: tuple[str, str]
) -> None:
    answer = await shop.get(REVOCATIONS, params=query)
    assert fault(answer) == (400, "invalidRequest", *found)
