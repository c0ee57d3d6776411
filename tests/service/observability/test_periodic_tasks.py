"""A periodic task that fails is logged once for each reason, and when it works again."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from domain.errors import Unavailable
from interfaces.housekeeping import Housekeeping, PeriodicTask

pytestmark = pytest.mark.anyio

OFTEN = timedelta(seconds=0.001)


async def test_a_failure_is_logged_once_per_reason_and_then_the_recovery() -> None:
    full = [Unavailable("databaseUnavailable", code="SQLITE_FULL") for _ in range(5)]
    busy = [Unavailable("databaseUnavailable", code="SQLITE_BUSY") for _ in range(5)]
    outcomes: Iterator[Exception] = iter([*full, *busy, ValueError("a secret"), ValueError("two")])
    is_done = asyncio.Event()

    async def act() -> None:
        outcome = next(outcomes, None)
        if outcome is not None:
            raise outcome
        is_done.set()

    with capture_logs() as lines:
        async with Housekeeping([PeriodicTask("checkpoint", every=OFTEN, act=act)]):
            async with asyncio.timeout(5):
                await is_done.wait()
            await asyncio.sleep(0.05)
    told = [(line["event"], line.get("reason"), line.get("code")) for line in lines]
    assert told == [
        ("taskFailed", "databaseUnavailable", "SQLITE_FULL"),
        ("taskFailed", "databaseUnavailable", "SQLITE_BUSY"),
        ("taskFailed", "ValueError", None),
        ("taskSucceeded", None, None),
    ]
