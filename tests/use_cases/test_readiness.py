"""Whether an instance may receive requests."""

import pytest

from tests.support.fakes.house import House

pytestmark = pytest.mark.anyio


async def test_ready_means_that_nothing_is_wrong(house: House) -> None:
    assert await house.can.server.check_readiness() == []


async def test_what_is_wrong_is_named(house: House) -> None:
    house.readiness_check.trouble = "databaseUnavailable"
    assert await house.can.server.check_readiness() == ["databaseUnavailable"]
