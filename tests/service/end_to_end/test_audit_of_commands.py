"""What a command does is in the audit trail of a running server, or of the next one."""

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from infrastructure.database.database import AnyRow, Database
from interfaces.cli.operator import operator
from testing.waiting import wait_until
from tests.service.conftest import Deploy
from tests.support.alice import PASSWORD
from tests.support.servers.command import REMINT, environment
from tests.support.servers.databases import sqlite_url
from tests.support.servers.deployment import Deployment

KILLED = """
import itertools, os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import Pool
from config.main import main
import config.wiring.single_command

def die_at(step):
    steps = itertools.count()
    def count(*_):
        if next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)
    event.listen(Engine, "before_cursor_execute", count)
    event.listen(Engine, "commit", count)
    event.listen(Pool, "checkin", count)

for step in itertools.count():
    child = os.fork()
    if child == 0:
        die_at(step)
        main(sys.argv[1:])
    if os.waitpid(child, 0)[1] == 0:
        print(step)
        break
"""
"""Runs a command again and again. The command is killed before its first step with the database,
then before its second one, and so on until it ends by itself. Prints how often it was killed."""


def told(remint: Deployment) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in remint.output.splitlines() if line[:1] == "{"]
    return [line for line in lines if line.get("audit")]


def wait_for(remint: Deployment, *names: str) -> list[dict[str, Any]]:
    """The audit lines, once the names of all events are among them."""

    def all_are_there() -> bool:
        return {line["event"] for line in told(remint)}.issuperset(names)

    wait_until(all_are_there, f"the lines {names}", 30)
    return told(remint)


def rows(url: str, statement: str, **values: object) -> list[AnyRow]:
    async def ask() -> list[AnyRow]:
        database = Database(url)
        try:
            return list(await database.rows(text(statement), values))
        finally:
            await database.dispose()

    return asyncio.run(ask())


def waiting(url: str) -> list[str]:
    found = rows(url, "SELECT event FROM audit_events ORDER BY id")
    return [json.loads(row.event)["event"] for row in found]


def epoch_of_alice(url: str) -> int:
    return int(rows(url, "SELECT credentials_epoch FROM users WHERE name = 'alice'")[0][0])


@pytest.mark.proves("S2")
def test_an_act_of_a_command_is_in_the_audit_trail_of_the_running_server(deploy: Deploy) -> None:
    remint = deploy()
    done = remint.try_run("users", "disable", "alice")
    assert (done.returncode, done.stderr) == (0, "")
    [line] = [line for line in wait_for(remint, "userDisabled") if line["event"] == "userDisabled"]
    subject = json.loads(remint.run("users", "list", "--json"))["subject"]
    expected = {"level": "info", "outcome": "success", "alert": False, "subject": subject}
    actor = {"actor": "operator", "actor_name": operator().name}
    assert line.items() >= (expected | actor).items()
    assert line["at"] <= line["timestamp"].replace("Z", "+00:00")
    metrics = remint.client.get("/metrics").text
    assert 'remint_audit_events_total{event="userDisabled"} 1.0' in metrics
    wait_until(lambda: not waiting(remint.database_url), "an empty table")


def test_acts_without_a_server_are_passed_on_once_by_the_next_one(tmp_path: Path) -> None:
    remint = Deployment.on(tmp_path, sqlite_url(tmp_path / "remint.db"))
    remint.run("users", "add", "alice", "--password-stdin", typed=PASSWORD)
    token = remint.run("sessions", "open", "alice")
    [key] = json.loads(f"[{remint.run('keys', 'list', '--json')}]")
    remint.run("keys", "remove", key["id"])
    acts = ["signingKeyAdded", "userAdded", "sessionOpened", "signingKeyAdded", "signingKeyRemoved"]
    assert waiting(remint.database_url) == acts
    try:
        remint.start()
        lines = wait_for(remint, *acts)
        assert [line["event"] for line in lines] == acts
        wait_until(lambda: not waiting(remint.database_url), "an empty table")
        remint.server.terminate(30)
        remint.restart(0).wait_until_ready()
        assert remint.refresh(token.strip()).status_code == 200
        time.sleep(1.5)
        assert told(remint) == lines, "the second server told nothing again"
    finally:
        remint.end()


def test_an_event_of_a_newer_version_is_passed_on_as_it_is(deploy: Deploy) -> None:
    remint = deploy()
    fields = {
        "event": "moonPhaseChanged",
        "alert": True,
        "outcome": "success",
        "at": "2026-06-01T12:00:00+00:00",
        "phases": ["new", {"full": 3}],
    }
    values = {"id": bytes(16), "at": fields["at"], "event": json.dumps(fields)}
    rows(
        remint.database_url,
        "INSERT INTO audit_events (id, at, event) VALUES (:id, :at, :event) RETURNING id",
        **values,
    )
    line = wait_for(remint, "moonPhaseChanged")[-1]
    assert line.items() >= fields.items()
    assert line["level"] == "warning"


@pytest.mark.slow
def test_wherever_a_command_is_killed_there_are_both_act_and_event_or_neither(
    database_url: str, tmp_path: Path
) -> None:
    remint = Deployment.on(tmp_path, database_url)
    remint.add_user()
    before = epoch_of_alice(database_url)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, "users", "log-out", "alice"],
        cwd=tmp_path,
        env=environment(remint.settings) | {"PYTHONPATH": str(Path.cwd())},
        stdout=subprocess.PIPE,
        check=True,
        timeout=100,
    )
    assert int(killed.stdout.split()[-1]) > 10
    events = waiting(database_url)
    assert epoch_of_alice(database_url) - before == len(events) > 1
    assert set(events) == {"loggedOutEverywhere"}


def test_on_a_full_disk_nothing_is_done_and_nothing_is_told(tmp_path: Path) -> None:
    remint = Deployment.on(tmp_path, sqlite_url(tmp_path / "remint.db"))
    remint.add_user()
    before = epoch_of_alice(remint.database_url)
    limited = ("sh", "-c", 'ulimit -f 0; exec "$@"', "sh", *REMINT, "users", "log-out", "alice")
    done = subprocess.run(
        limited,
        cwd=tmp_path,
        env=environment(remint.settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 5, done.stderr
    assert done.stdout == ""
    assert waiting(remint.database_url) == []
    assert epoch_of_alice(remint.database_url) == before
