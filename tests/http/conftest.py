"""The HTTP interface over in-memory adapters, called without a server."""

from collections.abc import AsyncIterator

import httpx
import pytest

from interfaces.http.app import create_app
from interfaces.http.options import HttpOptions
from tests.support.fake_house import FakeHouse


@pytest.fixture
def house() -> FakeHouse:
    return FakeHouse()


@pytest.fixture
def options() -> HttpOptions:
    """What a test module overrides to run the interface otherwise."""
    return HttpOptions()


@pytest.fixture
async def client(house: FakeHouse, options: HttpOptions) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(house.use_cases, house.key_set, options)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://remint.test") as client:
        yield client
