"""A back end that calls the HTTP interface over in-memory adapters."""

import httpx
import pytest

from domain.clients import Permission
from tests.support.fakes.back_end import SECRET, add_client
from tests.support.fakes.http_over_fakes import HttpOverFakes


@pytest.fixture
async def shop(house: HttpOverFakes, client: httpx.AsyncClient) -> httpx.AsyncClient:
    """A back end that can do everything."""
    await add_client(house, "shop", *Permission)
    client.auth = httpx.BasicAuth("shop", SECRET)
    return client
