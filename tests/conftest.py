"""What every test may ask for."""

import pytest

pytest_plugins = ["tests.support.databases", "tests.support.fixtures"]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"
