"""Whether an instance can receive requests."""

import pytest

from tests.support.fakes.use_cases_over_fakes import UseCasesOverFakes

pytestmark = pytest.mark.anyio


async def test_ready_means_that_nothing_is_wrong(house: UseCasesOverFakes) -> None:
    assert await house.can.server.check_readiness() == []


async def test_what_is_wrong_is_named(house: UseCasesOverFakes) -> None:
    house.readiness_check.trouble = "databaseUnavailable"
    assert await house.can.server.check_readiness() == ["databaseUnavailable"]
