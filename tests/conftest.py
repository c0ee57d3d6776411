"""Fixtures for every test."""

import pytest
from hypothesis import Phase, settings

# A busy machine is no reason for a property to fail.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
# For `make mutation`: the same examples in every run, and no search for a smaller one.
settings.register_profile(
    "mutation",
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
)

pytest_plugins = [
    "tests.support.servers.databases",
    "tests.support.servers.fixtures",
    "tests.support.fakes.log_capture",
]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"
