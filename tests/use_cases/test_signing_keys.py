"""How signing keys come, take turns and go."""

import asyncio

import pytest

from domain.actors import SERVER
from domain.errors import SigningKeyNotFound
from domain.events import SigningKeyAdded, SigningKeyReencrypted, SigningKeyRemoved
from domain.signing_keys import SigningKey
from tests.support.fakes.builders import DAY, HOUR, MINUTE, NOON, OPERATOR, SECOND
from tests.support.fakes.use_cases_over_fakes import UseCasesOverFakes

pytestmark = pytest.mark.anyio


async def keys_of(house: UseCasesOverFakes) -> list[SigningKey]:
    return [key for key, _ in await house.can.operators.list_signing_keys()]


async def signing(house: UseCasesOverFakes) -> SigningKey:
    [current] = [key for key, signs in await house.can.operators.list_signing_keys() if signs]
    return current


async def test_a_new_installation_signs_at_once(house: UseCasesOverFakes) -> None:
    await house.can.server.tend_signing_keys()
    first = await signing(house)
    assert (first.sequence, first.signs_from) == (1, NOON)
    assert house.audit.events == [
        SigningKeyAdded(at=NOON, key=first.id, signs_from=NOON, actor=SERVER)
    ]


async def test_of_many_instances_that_start_at_once_one_makes_the_key(
    house: UseCasesOverFakes,
) -> None:
    await asyncio.gather(*(house.can.server.tend_signing_keys() for _ in range(20)))
    assert len(await keys_of(house)) == 1
    assert house.audit.names == ["signingKeyAdded"]


async def test_tending_again_changes_nothing(house: UseCasesOverFakes) -> None:
    for _ in range(3):
        await house.can.server.tend_signing_keys()
    assert len(await keys_of(house)) == 1


@pytest.mark.proves("K3")
async def test_a_key_is_published_an_hour_before_it_signs(house: UseCasesOverFakes) -> None:
    await house.can.server.tend_signing_keys()
    first = await signing(house)
    house.passes(30 * DAY - HOUR)
    await house.can.server.tend_signing_keys()
    [_, second] = await keys_of(house)
    assert second.signs_from == house.clock() + HOUR
    house.passes(HOUR - SECOND)
    assert await signing(house) == first
    house.passes(SECOND)
    assert await signing(house) == second


@pytest.mark.proves("K3")
async def test_a_demoted_key_goes_when_its_last_jwt_is_dead(house: UseCasesOverFakes) -> None:
    await house.can.server.tend_signing_keys()
    first = await signing(house)
    await house.can.operators.rotate_signing_key(by=OPERATOR)
    house.passes(HOUR + 10 * MINUTE)
    await house.can.server.tend_signing_keys()
    assert first in await keys_of(house)
    house.passes(SECOND)
    await house.can.server.tend_signing_keys()
    assert first not in await keys_of(house)
    assert house.audit.events[-1] == SigningKeyRemoved(at=house.clock(), key=first.id, actor=SERVER)


@pytest.mark.proves("K3")
async def test_a_year_of_housekeeping_never_leaves_the_house_without_a_known_key(
    house: UseCasesOverFakes,
) -> None:
    """What signs was published at least an hour before, or was the very first key."""
    for _ in range(365 * 4):
        await house.can.server.tend_signing_keys()
        current = await signing(house)
        assert current.sequence == 1 or current.created_at + HOUR <= house.clock()
        assert len(await keys_of(house)) <= 2
        house.passes(6 * HOUR)
    assert (await signing(house)).sequence > 10


async def test_keys_follow_the_newest_server_secret_though_many_instances_try(
    house: UseCasesOverFakes,
) -> None:
    await house.can.server.tend_signing_keys()
    house.key_encryption.newest = b"encrypted again"
    await asyncio.gather(*(house.can.server.tend_signing_keys() for _ in range(20)))
    assert [key.encrypted_private_key for key in await keys_of(house)] == [b"encrypted again"]
    [key] = await keys_of(house)
    assert house.audit.events[1:] == [SigningKeyReencrypted(at=house.clock(), key=key.id)]


async def test_of_racing_rotations_one_is_made(house: UseCasesOverFakes) -> None:
    await house.can.server.tend_signing_keys()
    made = await asyncio.gather(
        *(house.can.operators.rotate_signing_key(by=OPERATOR) for _ in range(10))
    )
    assert sum(key is not None for key in made) == 1
    assert len(await keys_of(house)) == 2


@pytest.mark.proves("K4")
async def test_a_key_that_leaked_is_replaced_at_once(house: UseCasesOverFakes) -> None:
    await house.can.server.tend_signing_keys()
    leaked = await signing(house)
    await house.can.operators.remove_signing_key(leaked.id, by=OPERATOR)
    assert await keys_of(house) == [await signing(house)]
    replaced, now = await signing(house), house.clock()
    assert replaced.id != leaked.id
    assert (replaced.sequence, replaced.created_at, replaced.signs_from) == (2, now, now)
    assert house.audit.events[1:] == [
        SigningKeyAdded(at=now, key=replaced.id, signs_from=now, actor=OPERATOR),
        SigningKeyRemoved(at=now, key=leaked.id, actor=OPERATOR),
    ]


@pytest.mark.proves("K4")
async def test_a_key_that_leaked_before_it_signed_simply_goes(house: UseCasesOverFakes) -> None:
    await house.can.server.tend_signing_keys()
    first = await signing(house)
    leaked = await house.can.operators.rotate_signing_key(by=OPERATOR)
    assert leaked is not None
    await house.can.operators.remove_signing_key(leaked.id, by=OPERATOR)
    assert await keys_of(house) == [first]


@pytest.mark.proves("K4")
async def test_a_leak_while_a_successor_waits_does_not_let_it_sign_unannounced(
    house: UseCasesOverFakes,
) -> None:
    """The emergency key signs at once; there is no better one."""
    await house.can.server.tend_signing_keys()
    leaked = await signing(house)
    waiting = await house.can.operators.rotate_signing_key(by=OPERATOR)
    assert waiting is not None
    await house.can.operators.remove_signing_key(leaked.id, by=OPERATOR)
    assert (await signing(house)).signs_from == house.clock()
    assert leaked not in await keys_of(house)


async def test_no_key_is_removed_that_is_not_there(house: UseCasesOverFakes) -> None:
    await house.can.server.tend_signing_keys()
    with pytest.raises(SigningKeyNotFound):
        await house.can.operators.remove_signing_key("no such key", by=OPERATOR)
    assert len(await keys_of(house)) == 1
