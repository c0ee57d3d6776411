"""Several instances meet an empty database at the same moment: one migrates, one makes the key."""

from pathlib import Path

import httpx
import pytest

from tests.support.databases import sqlite_url
from tests.support.site import Site

INSTANCES = 3


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_instances_that_start_at_once_migrate_once_and_make_one_signing_key(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    if kind == "sqlite":
        url = sqlite_url(tmp_path / "new" / "remint.db")
    else:
        url = request.getfixturevalue("postgres_url")
    fresh = Site.on(tmp_path, url)
    try:
        for _ in range(INSTANCES):
            fresh.start(wait=False)
        for instance in fresh.instances:
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
