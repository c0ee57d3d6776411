"""The HTTP interface over in-memory adapters, called without a server."""

from collections.abc import AsyncIterator

import httpx
import pytest

from interfaces.http.wire.options import HttpOptions
from tests.support.checks.http_calls import calling
from tests.support.fakes.http_over_fakes import HttpOverFakes


@pytest.fixture
def house() -> HttpOverFakes:
    return HttpOverFakes()


@pytest.fixture
def options() -> HttpOptions:
    """What a test module overrides to run the interface otherwise."""
    return HttpOptions()


@pytest.fixture
async def client(house: HttpOverFakes, options: HttpOptions) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(house.app(options)) as client:
        yield client
