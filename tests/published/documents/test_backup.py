"""The commands of docs/operate.md for a backup of SQLite, run as they stand there."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from config.settings.server_secret import new_secret
from tests.support.checks.snippets import snippet
from tests.support.faults.refreshing import PATH
from tests.support.servers.command import run_remint
from tests.support.servers.server_process import ServerProcess

pytestmark = pytest.mark.slow

PASSWORD = "correct horse battery"
SQLITE3 = """#!/bin/sh
exec {python} -c 'import sqlite3, sys
sqlite3.connect(sys.argv[1], isolation_level=None).execute(sys.argv[2])' "$@"
"""
"""The program `sqlite3`, as far as the commands need it; not every machine has it."""


def run_as_documented(title: str, folder: Path) -> None:
    programs = folder / "bin"
    programs.mkdir(exist_ok=True)
    (programs / "sqlite3").write_text(SQLITE3.format(python=sys.executable))
    (programs / "sqlite3").chmod(0o755)
    command = snippet("docs/operate.md", "sh", title).replace("/backup/", f"{folder}/backup/")
    env = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}"}
    subprocess.run(["sh", "-ec", command], cwd=folder, env=env, check=True, timeout=60)


def test_the_documented_restore_is_safe_after_the_server_was_killed(tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    env = {"REMINT_SECRET": new_secret()}
    run_remint(tmp_path, env, "users", "add", "alice", "--password-stdin", typed=PASSWORD)
    with ServerProcess(tmp_path, env) as server:
        server.wait_until_ready(30)
        log_in = {"username": "alice", "password": PASSWORD}
        token = httpx.post(f"{server.url}/api/v1/authenticate", json=log_in).json()["refreshToken"]
        run_as_documented("backup", tmp_path)
        run_remint(tmp_path, env, "users", "delete", "alice")
        server.kill()
    backup, database = tmp_path / "backup" / "remint.db", tmp_path / "var" / "remint.db"
    assert backup.stat().st_mode & 0o777 == 0o600
    run_as_documented("restore", tmp_path)
    assert database.stat().st_mode & 0o777 == 0o600
    assert database.read_bytes() == backup.read_bytes()
    assert [file.name for file in database.parent.iterdir()] == ["remint.db"]
    with ServerProcess(tmp_path, env, name="restored") as server:
        server.wait_until_ready(30)
        answer = httpx.post(server.url + PATH, json={"refreshToken": token})
        assert answer.status_code == 200, answer.text
