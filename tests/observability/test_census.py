"""What only the database knows is counted now and then."""

import pytest
from prometheus_client import CollectorRegistry

from infrastructure.telemetry.instruments import Instruments
from infrastructure.telemetry.measuring import Census
from tests.support.builders import DAY
from tests.support.house import House

pytestmark = pytest.mark.anyio


async def test_sessions_alive_and_the_age_of_the_signing_key_are_seen() -> None:
    house, registry = House(), CollectorRegistry()
    stores = house.stores
    census = Census(
        stores.session_register, stores.signing_keys, house.clock, Instruments(registry), 90 * DAY
    )
    await census()
    assert registry.get_sample_value("remint_sessions_alive") == 0
    assert registry.get_sample_value("remint_signing_key_signs_from_timestamp_seconds") == 0

    await house.can.tend_signing_keys()
    began = house.clock().timestamp()
    await house.signed_in()
    await house.log_in()
    house.passes(DAY)
    await census()
    assert registry.get_sample_value("remint_sessions_alive") == 2
    assert registry.get_sample_value("remint_signing_key_signs_from_timestamp_seconds") == began
    assert registry.get_sample_value("remint_signing_key_rotate_after_seconds") == 90 * 86400
