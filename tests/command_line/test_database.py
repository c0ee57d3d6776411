"""`remint database`, and the other commands on databases that are not as they should be."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from config.settings.server_secret import new_secret
from infrastructure.database import schema
from tests.support.servers.command import run_remint, try_remint


@pytest.mark.proves("S5")
def test_the_schema_is_upgraded_by_hand_where_servers_may_not(tmp_path: Path) -> None:
    """Neither command needs a server secret."""
    env = {"REMINT_DATABASE_MIGRATE": "false"}
    before = try_remint(tmp_path, env, "database", "status", "--json")
    status = json.loads(before.stdout)
    assert (before.returncode, status["current"], status["isServable"]) == (1, None, False)

    as_server = env | {"REMINT_SECRET": new_secret()}
    early = try_remint(tmp_path, as_server, "users", "add", "a", "--password-stdin", typed="x" * 8)
    assert (early.returncode, "schemaMismatch" in early.stderr) == (5, True)
    assert "Run `remint database upgrade`. Try again." in early.stderr

    upgraded = try_remint(tmp_path, env, "database", "upgrade")
    assert (upgraded.returncode, upgraded.stdout) == (0, f"The schema is at {status['head']}.\n")
    after = try_remint(tmp_path, env, "database", "status", "--json")
    assert after.returncode == 0
    assert json.loads(after.stdout)["current"] == status["head"]
    assert try_remint(tmp_path, as_server, "users", "list").returncode == 0


def test_another_secret_than_the_databases_own_is_refused_in_a_sentence(tmp_path: Path) -> None:
    first = {"REMINT_SECRET": new_secret()}
    run_remint(tmp_path, first, "users", "add", "alice", "--password-stdin", typed="correct horse")
    result = try_remint(tmp_path, {"REMINT_SECRET": new_secret()}, "keys", "list")
    assert result.returncode == 2
    assert "are encrypted under another server secret" in result.stderr
    assert "Traceback" not in result.stderr
    both = {"REMINT_SECRET": f"{first['REMINT_SECRET']},{new_secret()}"}
    assert try_remint(tmp_path, both, "keys", "list").returncode == 0


def test_the_command_that_creates_a_database_names_its_file(tmp_path: Path) -> None:
    env, words = {"REMINT_SECRET": new_secret()}, ("--password-stdin",)
    for name, is_said in (("alice", True), ("bob", False)):
        added = try_remint(tmp_path, env, "users", "add", name, *words, typed="correct horse")
        said = f"Creating the database {tmp_path}/var/remint.db.\n"
        assert (added.returncode, said in added.stderr) == (0, is_said)


READING = [
    ("users", "list"),
    ("sessions", "list"),
    ("sessions", "explain"),
    ("keys", "list"),
    ("database", "status"),
    ("database", "copy", "--to", "sqlite+aiosqlite:///other.db"),
    ("doctor",),
]
CHANGING = [
    ("users", "disable", "alice"),
    ("sessions", "open", "alice"),
    ("sessions", "purge"),
    ("keys", "rotate"),
]


@pytest.mark.parametrize("words", [*READING, *CHANGING], ids=" ".join)
def test_no_command_makes_a_database_where_there_is_none(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    """As in another directory than the server's, because the default path is relative."""
    result = try_remint(tmp_path, {"REMINT_SECRET": new_secret()}, *words, typed="rmt1_")
    assert list(tmp_path.iterdir()) == []
    assert "Traceback" not in result.stderr
    if words[0] not in ("doctor", "database"):
        assert result.returncode == 2
        assert f"There is no database at {tmp_path}/var/remint.db." in result.stderr
        assert "relative to the directory" in result.stderr


@pytest.mark.parametrize(
    "words", [words for words in READING if words[0] != "doctor"], ids=" ".join
)
def test_no_reading_command_upgrades_a_schema(words: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "empty.db"
    file.touch()
    env = {"REMINT_SECRET": new_secret(), "REMINT_DATABASE_URL": f"sqlite+aiosqlite:///{file}"}
    assert try_remint(tmp_path, env, *words, typed="rmt1_").returncode != 0
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []


@pytest.mark.proves("S1", "S6")
def test_a_database_that_cannot_be_reached_is_no_traceback(tmp_path: Path) -> None:
    env = {
        "REMINT_SECRET": new_secret(),
        "REMINT_DATABASE_URL": "postgresql+asyncpg://app:CANARY@127.0.0.1:1/remint",
    }
    for words in (("users", "list"), ("database", "status")):
        result = try_remint(tmp_path, env, *words)
        assert result.returncode == 5
        assert "Try again." in result.stderr
        assert "CANARY" not in result.stdout + result.stderr
        assert "Traceback" not in result.stderr


def test_the_version_that_this_program_means_is_the_one_that_alembic_finds() -> None:
    """It is read from the file names, because loading alembic would slow every start."""
    assert ScriptDirectory(str(schema.MIGRATIONS)).get_current_head() == schema.head()
