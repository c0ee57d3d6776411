"""How seldom key sets are fetched, and what becomes of those that cannot be."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from domain.errors import InvalidKeySource, Unavailable
from domain.key_sources import KeySource
from infrastructure.key_sets.key_sets import KEPT, PAUSE, HeldKeySets
from infrastructure.security.public_keys import UnusableKeys
from tests.support.fakes.other_parties import Party

pytestmark = pytest.mark.anyio

SOURCE, OTHER = KeySource(url="https://one.example/"), KeySource(url="https://two.example/")


class World:
    """Publishes key sets, and counts the downloads of each source."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.published: dict[KeySource, str] = {SOURCE: Party().jwks(), OTHER: Party().jwks()}
        self.downloads: list[KeySource] = []
        self.answers = asyncio.Event()
        self.answers.set()
        self.key_sets = HeldKeySets(self.download, lambda: self.now)

    async def download(self, source: KeySource) -> bytes:
        self.downloads.append(source)
        await self.answers.wait()
        if source not in self.published:
            raise UnusableKeys("the connection failed")
        return self.published[source].encode()


@pytest.fixture
async def world() -> World:
    return World()


async def test_keys_are_fetched_once_and_held(world: World) -> None:
    first = await world.key_sets.held(SOURCE)
    world.now += KEPT.total_seconds() - 1
    assert await world.key_sets.held(SOURCE) is first
    assert world.downloads == [SOURCE]


async def test_many_callers_share_one_download(world: World) -> None:
    world.answers.clear()
    callers = [asyncio.create_task(world.key_sets.held(SOURCE)) for _ in range(10)]
    await asyncio.sleep(0.01)
    callers.pop().cancel()
    world.answers.set()
    assert len({id(keys) for keys in await asyncio.gather(*callers)}) == 1
    assert world.downloads == [SOURCE]


async def test_whatever_is_presented_a_source_is_asked_once_in_an_interval(world: World) -> None:
    """A flood of assertions with unknown `kid` costs the issuer one download for each PAUSE."""
    for _ in range(3):
        for _ in range(100):
            await world.key_sets.newer(SOURCE)
        world.now += PAUSE.total_seconds()
    assert world.downloads == [SOURCE] * 3


async def test_keys_that_were_just_fetched_are_not_fetched_again(world: World) -> None:
    await world.key_sets.held(SOURCE)
    await world.key_sets.newer(SOURCE)
    assert world.downloads == [SOURCE]


async def test_a_source_that_is_down_is_an_outage_and_is_asked_again_later(world: World) -> None:
    keys = world.published.pop(SOURCE)
    for _ in range(10):
        with pytest.raises(Unavailable) as refused:
            await world.key_sets.held(SOURCE)
        assert refused.value.reason == "issuerKeysUnavailable"
        assert "https://one.example/" in refused.value.explanation
        assert refused.value.retry_after == PAUSE
    assert world.downloads == [SOURCE]
    world.published[SOURCE] = keys
    world.now += PAUSE.total_seconds()
    assert await world.key_sets.held(SOURCE)


@pytest.mark.parametrize("broken", [None, "<html>", '{"keys": []}'])
async def test_keys_outlive_a_source_that_is_down_for_a_day(
    world: World, broken: str | None
) -> None:
    first = await world.key_sets.held(SOURCE)
    world.published.pop(SOURCE)
    if broken is not None:
        world.published[SOURCE] = broken
    world.now += KEPT.total_seconds()
    assert await world.key_sets.newer(SOURCE) is first
    assert await world.key_sets.held(SOURCE) is first
    world.now += PAUSE.total_seconds() + 1
    with pytest.raises(Unavailable):
        await world.key_sets.held(SOURCE)


async def test_all_sources_are_fetched_in_the_background(world: World) -> None:
    await world.key_sets.fetch([SOURCE, OTHER])
    world.answers.clear()
    assert await world.key_sets.held(SOURCE)
    assert await world.key_sets.held(OTHER)
    assert sorted(world.downloads, key=str) == sorted([SOURCE, OTHER], key=str)


async def test_one_source_that_is_down_hinders_no_other(world: World) -> None:
    del world.published[SOURCE]
    with pytest.raises(Unavailable) as failed:
        await world.key_sets.fetch([SOURCE, OTHER])
    assert "one.example" in failed.value.explanation
    assert "two.example" not in failed.value.explanation
    assert await world.key_sets.held(OTHER)
    assert world.downloads.count(OTHER) == 1


async def test_a_failure_is_told_until_it_passes_and_logged_once(world: World) -> None:
    keys = world.published.pop(SOURCE)
    with capture_logs() as lines:
        for _ in range(3):
            with pytest.raises(Unavailable):
                await world.key_sets.fetch([SOURCE])
            world.now += PAUSE.total_seconds()
        world.published[SOURCE] = keys
        for _ in range(2):
            await world.key_sets.fetch([SOURCE])
            world.now += PAUSE.total_seconds()
    assert [(line["event"], line["url"]) for line in lines] == [
        ("keySetUnavailable", SOURCE.url),
        ("keySetAvailable", SOURCE.url),
    ]
    assert lines[0]["reason"] == "the connection failed"


async def test_a_source_that_is_trusted_no_more_is_forgotten(world: World) -> None:
    await world.key_sets.fetch([SOURCE, OTHER])
    await world.key_sets.fetch([OTHER])
    await world.key_sets.held(SOURCE)
    assert world.downloads.count(SOURCE) == 2


async def test_keys_that_were_given_need_no_download(world: World) -> None:
    text = Party().jwks()
    assert world.key_sets.checked(text) == text
    source = KeySource(jwks=text)
    assert (await world.key_sets.held(source)).fitting("1", "ES256")
    assert world.downloads == []


@pytest.mark.parametrize("text", ["", "{}", '{"keys": [{"kty": "oct", "k": "AAAA"}]}'])
async def test_a_text_that_is_no_key_set_is_refused(world: World, text: Any) -> None:
    with pytest.raises(InvalidKeySource) as refused:
        world.key_sets.checked(text)
    assert refused.value.part == "jwks"
