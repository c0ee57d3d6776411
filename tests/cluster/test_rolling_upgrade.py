"""The version before a migration and the version with it serve one database at the same time."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.alice import PASSWORD, USERNAME
from tests.support.servers.databases import sqlite_url
from tests.support.servers.deployment import API, Deployment

pytestmark = [pytest.mark.proves("S7"), pytest.mark.slow]

ROOT = Path(__file__).parents[2]
MIGRATION = "infrastructure/database/migrations/versions/0003_revocations.py"
SETTINGS = {"REMINT_SESSIONS_COALESCE": "0", "REMINT_SESSIONS_RENEWAL": "rotating"}


def git(*words: str) -> bytes:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, f"The history of the repository is needed: {done.stderr!r}"
    return done.stdout


@pytest.fixture(scope="module")
def version_before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source of the last version without the migration."""
    [added] = git("log", "--diff-filter=A", "--format=%H", "--", MIGRATION).decode().split()
    folder = tmp_path_factory.mktemp("before")
    subprocess.run(["tar", "-x"], input=git("archive", f"{added}^"), cwd=folder, check=True)
    assert not (folder / MIGRATION).exists()
    return folder


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "remint.db")
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def old(version_before: Path, tmp_path: Path, url: str) -> Iterator[Deployment]:
    folder = tmp_path / "old"
    folder.mkdir()
    old = Deployment.on(folder, url, SETTINGS | {"PYTHONPATH": str(version_before)})
    yield old
    old.end()


@pytest.fixture
def new(tmp_path: Path, url: str) -> Iterator[Deployment]:
    folder = tmp_path / "new"
    folder.mkdir()
    new = Deployment.on(folder, url, SETTINGS)
    yield new
    new.end()


def rotated(at: Deployment, token: str) -> str:
    answer = at.refresh(token)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["refreshToken"])


def follows(deployment: Deployment, secret: str) -> list[dict[str, str]] | None:
    """The revocations; None from a version that publishes none."""
    answer = deployment.client.get(f"{API}/revocations", auth=("follower", secret))
    if answer.status_code == httpx.codes.NOT_FOUND:
        return None
    return list(answer.raise_for_status().json()["revocations"])


def cause(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["details"][0]["code"])


def test_both_versions_serve_one_database_while_one_replaces_the_other(
    old: Deployment, new: Deployment
) -> None:
    old.run("users", "add", USERNAME, "--password-stdin", typed=PASSWORD)
    secret = old.run("clients", "add", "follower", "--may", "introspect").strip()
    old.start()
    token = old.log_in()["refreshToken"]
    new.run("database", "upgrade")

    # The version before continues: sessions, log-ins, accounts, clients and commands.
    token = rotated(old, token)
    jwt = old.log_in()["jwtToken"]
    bearer = {"Authorization": f"Bearer {jwt}"}
    assert len(old.client.get(f"{API}/sessions", headers=bearer).json()["sessions"]) == 2
    old.run("users", "add", "of-old", "--password-stdin", typed=PASSWORD)

    new.start()
    assert (follows(old, secret), follows(new, secret)) == (None, [])
    for turn in range(6):
        token = rotated((old, new)[turn % 2], token)
    new.run("users", "add", "of-new", "--password-stdin", typed=PASSWORD)
    for name in ("of-old", "of-new"):
        for one, other in ((old, new), (new, old)):
            assert rotated(other, one.log_in(name)["refreshToken"])

    # What one version ends has ended for the other; only the new one publishes it and its cause.
    ended_by_old = new.log_in("of-old")["refreshToken"]
    old.run("users", "log-out", "of-old")
    assert cause(new.refresh(ended_by_old)) == "credentialsChanged"
    ended_by_new = old.log_in("of-new")["refreshToken"]
    new.run("users", "log-out", "of-new")
    assert cause(old.refresh(ended_by_new)) == "credentialsChanged"
    assert cause(new.refresh(ended_by_new)) == "loggedOutEverywhere"
    assert [line["cause"] for line in follows(new, secret) or ()] == ["loggedOutEverywhere"]
    again = old.log_in("of-new")["refreshToken"]
    old.run("users", "log-out", "of-new")
    assert cause(new.refresh(again)) == "credentialsChanged"
    assert cause(new.refresh(ended_by_new)) == "loggedOutEverywhere"

    old.end()
    assert rotated(new, token)
    assert old.output.count('"status": 500') == 0
