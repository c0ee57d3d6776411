"""What every storage of signing keys promises (domain.ports.signing_keys.SigningKeys)."""

import asyncio
from dataclasses import replace

import pytest

from domain.ports.signing_keys import SigningKeys
from domain.signing_keys import SigningKey
from tests.support.fakes.builders import DAY, HOUR, NOON, a_signing_key

pytestmark = pytest.mark.anyio

CALLERS = 20


async def test_keys_come_back_exactly_as_added_and_oldest_first(signing_keys: SigningKeys) -> None:
    second = SigningKey("kid-2", 2, "EdDSA", bytes(range(256)), NOON + HOUR / 7, NOON + DAY / 7)
    assert await signing_keys.add(second)
    assert await signing_keys.add(a_signing_key(1))
    assert await signing_keys.all() == [a_signing_key(1), second]


async def test_a_new_installation_has_no_key(signing_keys: SigningKeys) -> None:
    assert await signing_keys.all() == []


async def test_exactly_one_of_many_racing_callers_adds_the_next_key(
    signing_keys: SigningKeys,
) -> None:
    tries = [signing_keys.add(a_signing_key(1, id=f"kid-{n}")) for n in range(CALLERS)]
    outcomes = await asyncio.gather(*tries)
    (only,) = await signing_keys.all()
    assert [f"kid-{n}" for n, added in enumerate(outcomes) if added] == [only.id]


async def test_a_key_is_replaced_only_by_a_caller_that_saw_it_as_it_is(
    signing_keys: SigningKeys,
) -> None:
    key = a_signing_key(1)
    reencrypted = replace(key, encrypted_private_key=b"under a newer secret")
    await signing_keys.add(key)
    tries = [signing_keys.replace(key, reencrypted) for _ in range(CALLERS)]
    assert sum(await asyncio.gather(*tries)) == 1
    assert await signing_keys.all() == [reencrypted]


@pytest.mark.proves("K4")
async def test_exactly_one_of_many_racing_callers_removes_a_key(signing_keys: SigningKeys) -> None:
    await signing_keys.add(a_signing_key(1))
    await signing_keys.add(a_signing_key(2))
    tries = [signing_keys.remove(a_signing_key(1).id) for _ in range(CALLERS)]
    assert sum(await asyncio.gather(*tries)) == 1
    assert await signing_keys.all() == [a_signing_key(2)]
