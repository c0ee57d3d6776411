"""The whole service over PgBouncer in transaction mode, with the URL that docs/postgres.md has."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from testing.middlemen import pgbouncer
from testing.postgres import Cluster
from tests.support.faults.volleys import lines_to, volley
from tests.support.servers.deployment import Deployment, cluster

pytestmark = pytest.mark.anyio

SERVER_CONNECTIONS = 4
ROUNDS = 10


@pytest.fixture
def pooled(postgres: Cluster, postgres_url: str, tmp_path: Path) -> Iterator[Deployment]:
    """Two instances that start on an empty database and share fewer connections than they open."""
    with pgbouncer(postgres, folder=tmp_path, pool_size=SERVER_CONNECTIONS) as port:
        url = postgres_url.replace(f":{postgres.port}/", f":{port}/")
        coalesce = {"REMINT_SESSIONS_COALESCE": "0"}
        with cluster(
            tmp_path, f"{url}?prepared_statement_cache_size=0", settings=coalesce
        ) as opened:
            yield opened


async def test_two_instances_migrate_log_in_and_race_behind_a_pooler(pooled: Deployment) -> None:
    token = pooled.log_in()["refreshToken"]
    async with lines_to(pooled.urls, 20) as lines:
        for _ in range(ROUNDS):
            successor = await volley(lines, token)
            assert successor != token
            token = successor
    assert "Traceback" not in pooled.output
