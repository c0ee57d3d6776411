"""A start or a command that fails for a known reason says so: one sentence, one exit code."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from config.settings.server_secret import new_secret
from testing.postgres import Cluster
from testing.waiting import free_port
from tests.support.servers.command import environment, try_remint
from tests.support.servers.databases import sqlite_url
from tests.support.servers.server_process import ServerProcess

SECRET = new_secret()
COMMANDS = (("keys", "rotate"), ("database", "upgrade"), ("doctor",))
UVICORN = (
    *(sys.executable, "-m", "uvicorn", "config.asgi:app"),
    *("--http", "interfaces.http.server.connections:BoundedConnection"),
)
EXIT_CODES = {"users": 2, "keys": 2, "database": 2, "doctor": 1}


@dataclass
class Refused:
    """A database that refuses Remint: what each way to use it says."""

    folder: Path
    url: str

    @property
    def settings(self) -> dict[str, str]:
        return {"REMINT_SECRET": SECRET, "REMINT_DATABASE_URL": self.url}

    def says(self, *words: str) -> str:
        """What a command says that must fail with the exit code of a refusal."""
        done = try_remint(self.folder, self.settings, *words)
        said = done.stdout + done.stderr
        assert done.returncode == EXIT_CODES[words[0]], said
        return without_tracebacks(said)

    def server_says(self, *arguments: str) -> str:
        """What `remint serve` says, which must end by itself."""
        name = "-".join(("serve", *arguments))
        with ServerProcess(self.folder, self.settings, arguments=arguments, name=name) as server:
            assert server.wait(60) == 2, server.output
            return without_tracebacks(server.stderr)


def without_tracebacks(said: str) -> str:
    assert "Traceback" not in said
    assert "DBAPIError" not in said
    return said


@contextmanager
def role(postgres: Cluster, name: str, *, attributes: str = "") -> Iterator[str]:
    postgres.sql(f"CREATE ROLE {name} LOGIN {attributes}")
    try:
        yield name
    finally:
        postgres.sql(f"DROP ROLE {name}")


def name_of(url: str) -> str:
    return url.rpartition("/")[2]


def test_a_role_that_cannot_create_tables_is_refused_with_the_grant(
    tmp_path: Path, postgres: Cluster, postgres_url: str
) -> None:
    postgres.sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC", database=name_of(postgres_url))
    with role(postgres, "no_creator"):
        refused = Refused(tmp_path, postgres.url(name_of(postgres_url), "no_creator"))
        for words in COMMANDS:
            assert "GRANT CREATE ON SCHEMA public TO no_creator" in refused.says(*words)
        said = refused.server_says()
        assert said.count("GRANT CREATE ON SCHEMA public TO no_creator") == 1
        postgres.sql("GRANT CREATE ON SCHEMA public TO no_creator", database=name_of(postgres_url))
        done = try_remint(tmp_path, refused.settings, "database", "upgrade")
        assert done.returncode == 0, done.stderr
        postgres.sql("DROP OWNED BY no_creator", database=name_of(postgres_url))


def test_a_role_that_cannot_use_tables_or_schema_is_refused_with_the_grants(
    tmp_path: Path, postgres: Cluster, migrated_postgres_url: str
) -> None:
    name = name_of(migrated_postgres_url)
    with role(postgres, "reader"):
        refused = Refused(tmp_path, postgres.url(name, "reader"))
        postgres.sql("REVOKE ALL ON SCHEMA public FROM PUBLIC", database=name)
        assert "GRANT USAGE ON SCHEMA public TO reader" in refused.says("doctor")
        assert "GRANT USAGE ON SCHEMA public TO reader" in refused.says("users", "list")
        postgres.sql("GRANT USAGE ON SCHEMA public TO reader", database=name)
        grants = re.findall(r"GRANT [^;\n]+", refused.says("doctor"))
        said = refused.server_says()
        assert all(grant in said for grant in grants)
        for grant in grants:
            postgres.sql(grant, database=name)
        assert try_remint(tmp_path, refused.settings, "doctor").returncode == 0
        postgres.sql("DROP OWNED BY reader", database=name)


@pytest.mark.parametrize(
    ("user", "database", "sentence", "code"),
    [
        ("nobody_known", "postgres", "refuses the log-in of the role nobody_known", "28000"),
        ("postgres", "nowhere", "has no database nowhere", "3D000"),
    ],
)
def test_an_unknown_role_or_database_is_named(
    user: str, database: str, sentence: str, code: str, tmp_path: Path, postgres: Cluster
) -> None:
    refused = Refused(tmp_path, postgres.url(database, user))
    for words in COMMANDS:
        said = refused.says(*words)
        assert sentence in said
        assert f"127.0.0.1:{postgres.port}" in said
        assert "Try again" not in said
    assert refused.server_says().count(sentence) == 1


@pytest.mark.proves("S1")
def test_a_wrong_password_is_named_and_not_repeated(tmp_path: Path) -> None:
    with Cluster.create(durable=False) as postgres, role(postgres, "app"):
        postgres.sql("ALTER ROLE app PASSWORD 'right'")
        postgres.demand_passwords()
        url = postgres.url("postgres", "app:CANARY%40")
        refused = Refused(tmp_path, url)
        for said in (*(refused.says(*words) for words in COMMANDS), refused.server_says()):
            assert "refuses the password of the role app" in said
            assert "CANARY" not in said


def test_the_connection_limit_of_a_role_is_named_and_passes(
    tmp_path: Path, postgres: Cluster
) -> None:
    with role(postgres, "crowded", attributes="CONNECTION LIMIT 0"):
        full = Refused(tmp_path, postgres.url(user="crowded"))
        done = try_remint(tmp_path, full.settings, "users", "list")
        assert done.returncode == 5
        assert "has no free connection for the role crowded" in done.stderr
        assert "no free connection" in full.says("doctor")


def test_a_database_that_is_not_in_utf_8_is_refused_before_the_first_table(
    tmp_path: Path, postgres: Cluster
) -> None:
    postgres.sql(
        "CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    )
    try:
        refused = Refused(tmp_path, postgres.url("latin"))
        for words in COMMANDS:
            assert "is in LATIN1, which cannot store every name" in refused.says(*words)
        count = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert postgres.sql(count, database="latin")[0][0] == 0
    finally:
        postgres.drop_database("latin")


def test_another_secret_ends_the_server_and_all_of_its_workers(tmp_path: Path) -> None:
    refused = Refused(tmp_path, sqlite_url(tmp_path / "remint.db"))
    other = {**refused.settings, "REMINT_SECRET": new_secret()}
    add = ("users", "add", "alice", "--password-stdin")
    assert try_remint(tmp_path, other, *add, typed="correct horse battery").returncode == 0
    for arguments in ((), ("--workers", "2")):
        said = refused.server_says(*arguments)
        assert said.count("are encrypted under another server secret") == 1


def test_uvicorn_says_the_same_sentences(tmp_path: Path) -> None:
    refused = Refused(tmp_path, sqlite_url(tmp_path))
    for settings, code, sentence in [
        (refused.settings, 3, "is a folder, where database.url needs a file"),
        ({**refused.settings, "REMINT_DATABASE_URL": "nonsense"}, 2, "has the form"),
    ]:
        done = subprocess.run(
            [*UVICORN, "--port", str(free_port())],
            cwd=tmp_path,
            env=environment(settings),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code
        assert without_tracebacks(done.stderr).count(sentence) == 1
