"""The HTTP interface over in-memory adapters, called without a server."""

from collections.abc import AsyncIterator

import httpx
import pytest

from interfaces.http.server.headers import ResponseHeaders
from interfaces.http.server.observability import ObservabilityMiddleware
from interfaces.http.wire.client_address import TrustedProxies
from interfaces.http.wire.options import HttpOptions
from tests.support.checks.http_calls import calling
from tests.support.fakes.served_house import ServedHouse


@pytest.fixture
def house() -> ServedHouse:
    return ServedHouse()


@pytest.fixture
def options() -> HttpOptions:
    """What a test module overrides to run the interface otherwise."""
    return HttpOptions()


@pytest.fixture
async def client(house: ServedHouse, options: HttpOptions) -> AsyncIterator[httpx.AsyncClient]:
    app = house.app(options)
    proxies = TrustedProxies(options.trusted_proxies)
    async with calling(ObservabilityMiddleware(app, proxies, ResponseHeaders())) as client:
        yield client
