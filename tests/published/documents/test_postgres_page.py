"""The statements of docs/postgres.md, run as they stand there: they suffice, and not for more."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest

from testing.postgres import Cluster
from testing.postgres_binaries import complete_binaries
from tests.support.checks.snippets import snippet
from tests.support.fakes.builders import OPERATOR
from tests.support.faults.refreshing import PATH
from tests.support.servers.command import run_remint
from tests.support.servers.deployment import Deployment, cluster

pytestmark = pytest.mark.slow


def statements(title: str) -> list[str]:
    block = snippet("docs/postgres.md", "sql", title)
    return [statement.strip() for statement in block.split(";") if statement.strip()]


@pytest.fixture
def prepared() -> Iterator[Cluster]:
    """A Postgres of its own, for roles belong to the whole server."""
    with Cluster.create(durable=False, programs=complete_binaries()) as cluster:
        for statement in statements("roles"):
            cluster.sql(statement)
        for statement in statements("rights"):
            cluster.sql(statement, database="remint")
        yield cluster


@pytest.fixture
def serving(prepared: Cluster, tmp_path: Path) -> Iterator[Deployment]:
    owner = {"REMINT_DATABASE_URL": prepared.url("remint", user="remint_owner")}
    run_remint(tmp_path, owner, "database", "upgrade")
    may_not = {"REMINT_DATABASE_MIGRATE": "false"}
    url = prepared.url("remint", user="remint_server")
    with cluster(tmp_path, url, servers=1, settings=may_not) as opened:
        yield opened


def run_as_documented(cluster: Cluster, title: str, folder: Path) -> None:
    programs = complete_binaries()
    where = urlsplit(cluster.url("remint", user="remint_owner"))
    env = {
        "PATH": f"{programs.folder}:{os.environ['PATH']}",
        **programs.env,
        "PGHOST": str(where.hostname),
        "PGPORT": str(where.port),
        "PGUSER": "remint_owner",
    }
    command = snippet("docs/postgres.md", "sh", title).replace("/backup/", f"{folder}/")
    subprocess.run(["sh", "-ec", command], env=os.environ | env, check=True, timeout=60)


def test_the_documented_restore_brings_back_the_rows_and_keeps_the_settings_of_roles(
    prepared: Cluster, serving: Deployment, tmp_path: Path
) -> None:
    settings = "SELECT setconfig FROM pg_db_role_setting"
    before = [list(row["setconfig"]) for row in prepared.sql(settings)]
    assert before
    assert all("lock_timeout=1s" in row for row in before)
    token = serving.log_in()["refreshToken"]
    run_as_documented(prepared, "backup", tmp_path)
    assert (tmp_path / "remint.dump").stat().st_mode & 0o777 == 0o600
    serving.act(lambda can: can.operators.delete_user("alice", by=OPERATOR))
    run_as_documented(prepared, "restore", tmp_path)
    assert [list(row["setconfig"]) for row in prepared.sql(settings)] == before
    (url,) = serving.urls
    answer = httpx.post(url + PATH, json={"refreshToken": token}, trust_env=False)
    assert answer.status_code == 200, answer.text


@pytest.mark.proves("S5")
def test_the_documented_rights_suffice_for_everything_and_not_to_change_the_schema(
    prepared: Cluster, serving: Deployment
) -> None:
    token = serving.log_in()["refreshToken"]
    (url,) = serving.urls
    answer = httpx.post(url + PATH, json={"refreshToken": token}, trust_env=False)
    assert answer.status_code == 200
    serving.act(lambda can: can.operators.rotate_signing_key(by=OPERATOR))
    serving.act(lambda can: can.server.purge())
    serving.act(lambda can: can.operators.log_out_user("alice", by=OPERATOR))
    serving.act(lambda can: can.operators.delete_user("alice", by=OPERATOR))
    for forbidden in ("CREATE TABLE mine (n int)", "DROP TABLE sessions", "TRUNCATE users"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            prepared.sql(forbidden, database="remint", user="remint_server")
