"""Two instances on one database, of either kind."""

from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest

from testing.postgres import Cluster
from tests.support.faults.refreshing import open_client
from tests.support.faults.row_writes import count_row_writes
from tests.support.servers.databases import KINDS, new_database_url
from tests.support.servers.deployment import Deployment, cluster


@pytest.fixture(scope="module", params=KINDS)
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    """Two instances where every refresh rotates that comes after the last one's answer.

    The tests of a module share them: each logs in for itself.
    """
    folder = tmp_path_factory.mktemp("pair")
    with (
        new_database_url(request, request.param, folder) as url,
        cluster(folder, url, settings={"REMINT_SESSIONS_COALESCE": "0"}) as opened,
    ):
        yield opened


@pytest.fixture(scope="module")
def row_writes(request: pytest.FixtureRequest, pair: Deployment) -> Callable[[], int]:
    """How many session rows were written since the module began."""
    is_postgres = pair.database_url.startswith("postgresql")
    return count_row_writes(
        pair.database_url, request.getfixturevalue("postgres") if is_postgres else None
    )


@pytest.fixture(scope="module")
def durable_postgres() -> Iterator[Cluster]:
    """A Postgres to be killed, which keeps what it has committed."""
    with Cluster.create() as cluster:
        yield cluster


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(connections=200) as opened:
        yield opened
