"""The HTTP interface over in-memory adapters, called without a server."""

from collections.abc import AsyncIterator

import httpx
import pytest

from interfaces.http.app import create_app
from interfaces.http.options import HttpOptions
from tests.support.fake_house import FakeHouse
from tests.support.http_calls import calling


@pytest.fixture
def house() -> FakeHouse:
    return FakeHouse()


@pytest.fixture
def options() -> HttpOptions:
    """What a test module overrides to run the interface otherwise."""
    return HttpOptions()


@pytest.fixture
async def client(house: FakeHouse, options: HttpOptions) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(create_app(house.use_cases, house.key_set, options)) as client:
        yield client
