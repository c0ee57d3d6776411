"""Instances meet a database that is empty, or not as they need it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.support.servers.databases import sqlite_url
from tests.support.servers.deployment import Deployment

INSTANCES = 3


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_instances_that_start_at_once_migrate_once_and_make_one_signing_key(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    if kind == "sqlite":
        url = sqlite_url(tmp_path / "new" / "remint.db")
    else:
        url = request.getfixturevalue("postgres_url")
    fresh = Deployment.on(tmp_path, url)
    try:
        for _ in range(INSTANCES):
            fresh.start(wait=False)
        for instance in fresh.servers:
            instance.wait_until_ready(60.0)
        key_sets = [
            httpx.get(f"{url}/.well-known/jwks.json", trust_env=False).json()["keys"]
            for url in fresh.urls
        ]
        assert key_sets == [key_sets[0]] * INSTANCES
        assert len(key_sets[0]) == 1
        assert "Traceback" not in fresh.output
    finally:
        fresh.end()


def test_an_instance_that_meets_a_much_newer_schema_says_so_and_stays_unready(
    tmp_path: Path, migrated_sqlite_url: str
) -> None:
    with closing(sqlite3.connect(migrated_sqlite_url.partition("///")[2])) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0099'")
        connection.commit()
    old = Deployment.on(tmp_path, migrated_sqlite_url)
    try:
        instance = old.start(wait=False)
        instance.wait_for_ok(f"{instance.url}/health/live", 30.0)
        ready = httpx.get(f"{instance.url}/health/ready", trust_env=False)
        assert ready.status_code == 503
        assert ready.json()["error"]["details"][0]["code"] == "schemaMismatch"
        assert "schemaMismatch" in old.output
    finally:
        old.end()
