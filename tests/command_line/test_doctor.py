"""`remint doctor` finds what is wrong, says what to do, and touches nothing."""

import json
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.settings.server_secret import new_secret
from infrastructure.database.checkup import DatabaseCheckup
from infrastructure.database.database import Database
from infrastructure.database.kind import MissingPrivileges
from infrastructure.database.limits import Limits
from testing.postgres import Cluster
from testing.waiting import free_port
from tests.support.fakes.other_parties import Party
from tests.support.servers.command import REMINT, environment, try_remint

SECRET = new_secret()
Told = dict[str, dict[str, str]]


def examined(folder: Path, **settings: str) -> tuple[int, Told]:
    done = try_remint(folder, _environment(settings), "doctor", "--json")
    assert "Traceback" not in done.stderr
    findings = map(json.loads, done.stdout.splitlines())
    return done.returncode, {finding["about"]: finding for finding in findings}


def _environment(settings: dict[str, str]) -> dict[str, str]:
    return {"REMINT_SECRET": SECRET} | {f"REMINT_{k}": v for k, v in settings.items()}


def prepared(folder: Path, **settings: str) -> Path:
    """A folder with a database and a signing key."""
    words = ("users", "add", "alice", "--password-stdin")
    done = try_remint(folder, _environment(settings), *words, typed="correct horse")
    assert done.returncode == 0, done.stderr
    return folder / "var/remint.db"


def test_a_healthy_service_is_fine_throughout(tmp_path: Path) -> None:
    prepared(tmp_path)
    code, told = examined(tmp_path)
    assert code == 0
    assert list(told) == [
        *("settings", "database file", "database", "schema", "writing", "privileges", "clock"),
        *("signing keys", "audit events"),
    ]
    assert {finding["state"] for finding in told.values()} == {"fine"}


def test_a_database_that_is_not_there_is_not_made_by_looking(tmp_path: Path) -> None:
    code, told = examined(tmp_path)
    assert (code, told["database"]["advice"]) == (0, "Start the server.")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("seconds", "state"), [(0, "fine"), (70, "warning")])
def test_audit_events_that_no_server_has_passed_on_are_a_warning(
    tmp_path: Path, seconds: int, state: str
) -> None:
    file = prepared(tmp_path)
    at = datetime.now(UTC) - timedelta(seconds=seconds)
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE audit_events SET at = ?", (at.isoformat(),))
    code, told = examined(tmp_path)
    assert (code, told["audit events"]["state"]) == (0, state)
    assert (f"{at:%Y-%m-%d %H:%M:%S}" in told["audit events"]["says"]) == (state == "warning")


def test_a_place_in_which_no_database_can_be_made_has_failed(tmp_path: Path) -> None:
    """A file instead of a folder: not even root can write there."""
    place = tmp_path / "taken"
    place.touch()
    code, told = examined(tmp_path, DATABASE_URL=f"sqlite+aiosqlite:///{place}/remint.db")
    assert (code, told["database"]["state"]) == (1, "failed")
    assert f"{place} is a file, where" in told["database"]["says"]


def test_a_file_that_cannot_be_written_has_failed(tmp_path: Path) -> None:
    """No write goes beyond the size that the file has, as on a full disk."""
    prepared(tmp_path)
    limited = ("sh", "-c", 'ulimit -f 0; exec "$@"', "sh", *REMINT, "doctor", "--json")
    done = subprocess.run(
        limited,
        cwd=tmp_path,
        env=environment(_environment({})),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == 1
    assert "SQLITE_" in done.stdout


def test_a_file_that_was_moved_away_from_its_log_has_failed(tmp_path: Path) -> None:
    file = prepared(tmp_path)
    file.rename(tmp_path / "elsewhere.db")
    file.with_name("remint.db-wal").touch()
    code, told = examined(tmp_path)
    assert (code, told["database"]["state"]) == (1, "failed")
    assert "write-ahead log" in told["database"]["says"]
    assert not file.exists()


@pytest.mark.proves("S1")
def test_a_server_that_cannot_be_reached_is_named_by_the_kind_of_failure(tmp_path: Path) -> None:
    code, told = examined(tmp_path, DATABASE_URL="postgresql+asyncpg://a:CANARY@127.0.0.1:1/r")
    assert (code, told["database"]["state"]) == (1, "failed")
    assert "127.0.0.1:1 cannot be reached" in told["database"]["says"]
    assert "(ECONNREFUSED)" in told["database"]["says"]
    assert "CANARY" not in str(told)


@pytest.mark.proves("K5")
def test_a_file_that_others_may_read_has_failed(tmp_path: Path) -> None:
    prepared(tmp_path).chmod(0o644)
    code, told = examined(tmp_path)
    assert (code, told["database file"]["state"]) == (1, "failed")
    assert "chmod 600" in told["database file"]["advice"]


def test_another_secret_than_the_one_that_encrypted_the_keys_has_failed(tmp_path: Path) -> None:
    prepared(tmp_path)
    code, told = examined(tmp_path, SECRET=new_secret())
    assert (code, told["signing keys"]["state"]) == (1, "failed")


def test_it_tells_whether_an_old_server_secret_is_still_needed(tmp_path: Path) -> None:
    prepared(tmp_path)
    code, told = examined(tmp_path, SECRET=f"{SECRET},{new_secret()}")
    assert (code, told["signing keys"]["state"]) == (0, "warning")
    assert "1 of 1" in told["signing keys"]["says"]


def test_it_tells_of_clients_that_the_settings_have_overtaken(tmp_path: Path) -> None:
    prepared(tmp_path)
    env = _environment({})
    for words in (("add", "shop", "--idle", "20m"), ("new-secret", "shop")):
        assert try_remint(tmp_path, env, "clients", *words).returncode == 0
    code, told = examined(tmp_path)
    assert (code, told["clients"]["state"]) == (0, "fine")
    assert told["clients"]["says"] == "1 client. With two secrets: shop."

    code, told = examined(tmp_path, TOKENS_CLIENT_ID="shop")
    assert (code, told["clients"]["state"]) == (0, "warning")
    assert "has the id of the built-in client" in told["clients"]["says"]

    code, told = examined(tmp_path, TOKENS_LIFETIME="11m")
    assert (code, told["clients"]["state"]) == (0, "warning")
    assert "is shorter than twice tokens.lifetime" in told["clients"]["says"]
    assert told["clients"]["advice"] == "Run: remint clients set shop --idle DURATION"


def test_a_schema_that_nobody_may_bring_up_to_date_has_failed(
    tmp_path: Path, postgres_url: str
) -> None:
    code, told = examined(tmp_path, DATABASE_URL=postgres_url, DATABASE_MIGRATE="false")
    assert (code, told["schema"]["advice"]) == (1, "Run: remint database upgrade")
    assert "privileges" not in told


@pytest.mark.proves("S5")
def test_a_role_with_too_few_privileges_has_failed_and_one_with_too_many_is_warned_of(
    tmp_path: Path, migrated_postgres_url: str, postgres: Cluster
) -> None:
    _, told = examined(tmp_path, DATABASE_URL=migrated_postgres_url, DATABASE_MIGRATE="false")
    assert told["privileges"]["state"] == "warning"
    name = migrated_postgres_url.rpartition("/")[2]
    postgres.sql("CREATE ROLE reader LOGIN")
    as_reader = postgres.url(name, "reader")
    try:
        code, refused = examined(tmp_path, DATABASE_URL=as_reader)
        assert (code, refused["privileges"]["state"]) == (1, "failed")
        assert "SELECT on alembic_version" in refused["privileges"]["says"]
        assert "GRANT SELECT ON alembic_version, users, " in refused["privileges"]["advice"]
        postgres.sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader", database=name)
        code, told = examined(tmp_path, DATABASE_URL=as_reader)
        assert (code, told["privileges"]["state"]) == (1, "failed")
        assert "UPDATE on sessions" in told["privileges"]["says"]
        assert "SELECT" not in told["privileges"]["says"]
    finally:
        postgres.sql("DROP OWNED BY reader", database=name)
        postgres.sql("DROP ROLE reader")


@pytest.mark.anyio
async def test_a_file_in_which_no_transaction_can_begin_lacks_the_right_to_write(
    tmp_path: Path,
) -> None:
    file = tmp_path / "remint.db"
    database = Database(
        f"sqlite+aiosqlite:///{file}", Limits(statement_timeout=timedelta(milliseconds=100))
    )
    checkup = DatabaseCheckup(database)
    try:
        assert await checkup.missing_privileges() == MissingPrivileges()
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            missing = await checkup.missing_privileges()
            assert missing.names == ("writing to the file",)
            assert "Another process holds the lock" in missing.remedy
    finally:
        await database.dispose()


def test_the_keys_of_trusted_issuers_are_fetched(tmp_path: Path) -> None:
    prepared(tmp_path)
    file = tmp_path / "jwks.json"
    file.write_text(Party().jwks())

    def trust(issuer: str, jwks: str, *more: str) -> None:
        words = ("issuers", "add", issuer, "--jwks", jwks, "--audience", "shop", *more)
        done = try_remint(tmp_path, _environment({}), *words)
        assert done.returncode == 0, done.stderr

    trust("own", str(file), "--client", "remint")
    code, told = examined(tmp_path)
    assert code == 0
    assert told["trusted issuers"]["says"] == "1 issuer is trusted, and all keys are there."
    trust("gone", f"http://127.0.0.1:{free_port()}/keys")
    code, told = examined(tmp_path)
    assert told["trusted issuers"]["state"] == "warning"
    assert "connection failed" in told["trusted issuers"]["says"]


def test_an_issuer_whose_client_was_deleted_is_told(tmp_path: Path) -> None:
    prepared(tmp_path)
    file = tmp_path / "jwks.json"
    file.write_text(Party().jwks())
    for words in (
        ("clients", "add", "app", "--public"),
        ("issuers", "add", "own", "--jwks", str(file), "--audience", "s", "--client", "app"),
        ("clients", "delete", "app"),
    ):
        assert try_remint(tmp_path, _environment({}), *words).returncode == 0
    _, told = examined(tmp_path)
    assert "does not exist" in told["trusted issuers"]["says"]
