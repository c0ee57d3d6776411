"""How long a body can be and take, seen from the task that reads it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from interfaces.http.wire.request_body import BodyBounds
from interfaces.http.wire.request_errors import BodyTooLarge, BodyTooSlow, ClientGone

pytestmark = pytest.mark.anyio

BOUNDS = BodyBounds(longest=8, slowest=timedelta(seconds=60))
HASTY = BodyBounds(longest=8, slowest=timedelta(seconds=0.01))


def arriving(*messages: dict[str, Any]) -> Any:
    """A connection that brings these messages, and then nothing."""
    coming = iter(messages)

    async def receive() -> dict[str, Any]:
        for message in coming:
            return message
        await asyncio.Event().wait()
        raise AssertionError

    return receive


def part(body: bytes, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_a_body_is_read_to_its_end() -> None:
    assert await BOUNDS.read(arriving(part(b"abcd", more=True), part(b"efgh"))) == b"abcdefgh"
    assert await BOUNDS.read(arriving({"type": "http.request"})) == b""


async def test_a_body_of_one_byte_too_many_is_refused_before_its_end() -> None:
    with pytest.raises(BodyTooLarge):
        await BOUNDS.read(arriving(part(b"abcd", more=True), part(b"efghi", more=True)))


async def test_a_closed_connection_is_told_apart_from_the_end_of_a_body() -> None:
    with pytest.raises(ClientGone):
        await BOUNDS.read(arriving(part(b"a", more=True), {"type": "http.disconnect"}))


async def test_a_slow_body_ends_the_reading_and_not_the_task() -> None:
    with pytest.raises(BodyTooSlow):
        await HASTY.read(arriving(part(b"a", more=True)))
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    await asyncio.sleep(0)


async def test_a_task_that_is_cancelled_from_outside_is_cancelled() -> None:
    """A server that stops is not a slow client."""
    reading = asyncio.create_task(BOUNDS.read(arriving(part(b"a", more=True))))
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading


async def test_a_body_that_came_in_time_leaves_no_deadline_behind() -> None:
    assert await HASTY.read(arriving(part(b"a"))) == b"a"
    await asyncio.sleep(0.03)
