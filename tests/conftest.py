"""What every test may ask for."""

import pytest
from hypothesis import settings

# A busy machine is no reason for a property to fail.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

pytest_plugins = [
    "tests.support.servers.databases",
    "tests.support.servers.fixtures",
    "tests.support.fakes.log_capture",
]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"
