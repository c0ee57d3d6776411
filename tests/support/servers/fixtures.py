"""The fixtures that hand out real servers."""

from collections.abc import Iterator

import pytest

from testing.postgres import Cluster


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """One Postgres for the whole run; tests that break a server start their own."""
    with Cluster.create(durable=False) as cluster:
        yield cluster


@pytest.fixture
def postgres_url(postgres: Cluster) -> Iterator[str]:
    """The address of an empty database that lives as long as the test."""
    with postgres.database() as url:
        yield url
