"""What only the database knows is counted now and then."""

from datetime import datetime
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from domain.errors import Unavailable
from infrastructure.telemetry.census import Census
from infrastructure.telemetry.metrics import Instruments
from tests.support.fakes.builders import DAY
from tests.support.fakes.use_cases_over_fakes import UseCasesOverFakes

pytestmark = pytest.mark.anyio


async def test_sessions_alive_and_the_age_of_the_signing_key_are_seen() -> None:
    house, registry = UseCasesOverFakes(), CollectorRegistry()
    stores = house.stores
    census = Census(
        stores.session_register, stores.signing_keys, house.clock, Instruments(registry), 90 * DAY
    )
    await census()
    assert registry.get_sample_value("remint_sessions_alive") == 0
    assert registry.get_sample_value("remint_signing_key_signs_from_timestamp_seconds") == 0

    await house.can.server.tend_signing_keys()
    began = house.clock().timestamp()
    await house.signed_in()
    await house.log_in()
    house.passes(DAY)
    await census()
    assert registry.get_sample_value("remint_sessions_alive") == 2
    assert registry.get_sample_value("remint_signing_key_signs_from_timestamp_seconds") == began
    assert registry.get_sample_value("remint_signing_key_rotate_after_seconds") == 90 * 86400


class TooMany:
    """A register of so many sessions that counting them takes too long."""

    async def count_alive(self, at: datetime) -> int:
        raise Unavailable("databaseUnavailable")


async def test_a_count_that_takes_too_long_is_not_tried_again_soon() -> None:
    house, registry = UseCasesOverFakes(), CollectorRegistry()
    await house.can.server.tend_signing_keys()
    register: Any = TooMany()
    census = Census(
        register, house.stores.signing_keys, house.clock, Instruments(registry), 90 * DAY
    )
    await census()  # a task that fails is repeated within seconds
    assert registry.get_sample_value("remint_sessions_alive") == 0
    assert registry.get_sample_value("remint_signing_key_rotate_after_seconds") == 90 * 86400
