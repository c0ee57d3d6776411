"""The version before a migration and the version with it serve one database at the same time."""

import io
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from application.steps.session_terms import Asked
from application.steps.user_lookup import Subject
from domain.sessions import Origin
from tests.support.alice import PASSWORD, USERNAME
from tests.support.fakes.builders import OPERATOR
from tests.support.servers.databases import sqlite_url
from tests.support.servers.deployment import API, Deployment

pytestmark = [pytest.mark.proves("S7"), pytest.mark.slow]

ROOT = Path(__file__).parents[2]
MIGRATION = "infrastructure/database/migrations/versions/0002_clients_subjects_grants.py"
FIRST_OF_IT = "domain/grants.py"
"""The migration came in several commits; the version before is the one without this file."""
SETTINGS = {"REMINT_SESSIONS_COALESCE": "0", "REMINT_SESSIONS_RENEWAL": "rotating"}


def git(*words: str) -> bytes:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, f"The history of the repository is needed: {done.stderr!r}"
    return done.stdout


@pytest.fixture(scope="module")
def version_before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source of the last version without the migration."""
    [added] = git("log", "--diff-filter=A", "--format=%H", "--", FIRST_OF_IT).decode().split()
    folder = tmp_path_factory.mktemp("before")
    with tarfile.open(fileobj=io.BytesIO(git("archive", f"{added}^"))) as archive:
        archive.extractall(folder, filter="data")
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


def serves_back_ends(deployment: Deployment) -> bool:
    return deployment.client.get(f"{API}/users").status_code == httpx.codes.UNAUTHORIZED


def test_both_versions_serve_one_database_while_one_replaces_the_other(
    old: Deployment, new: Deployment
) -> None:
    old.run("users", "add", USERNAME, "--password-stdin", typed=PASSWORD)
    old.start()
    token = old.log_in()["refreshToken"]
    new.run("database", "upgrade")

    # The version before continues: sessions, log-ins, accounts and commands.
    token = rotated(old, token)
    jwt = old.log_in()["jwtToken"]
    bearer = {"Authorization": f"Bearer {jwt}"}
    assert len(old.client.get(f"{API}/sessions", headers=bearer).json()["sessions"]) == 2
    old.run("users", "add", "of-old", "--password-stdin", typed=PASSWORD)

    new.start()
    assert (serves_back_ends(old), serves_back_ends(new)) == (False, True)
    for turn in range(6):
        token = rotated((old, new)[turn % 2], token)
    new.run("users", "add", "of-new", "--password-stdin", typed=PASSWORD)
    for name in ("of-old", "of-new"):
        for one, other in ((old, new), (new, old)):
            assert rotated(other, one.log_in(name)["refreshToken"])
    old.run("users", "disable", "of-new")
    revoked = new.log_in("of-old")["refreshToken"]
    answer = old.client.post(f"{API}/authenticate/revoke", json={"refreshToken": revoked})
    assert answer.status_code == httpx.codes.NO_CONTENT
    assert new.refresh(revoked).status_code == httpx.codes.UNAUTHORIZED

    # What only the new version writes is no fault at the version before.
    opened = new.act(
        lambda can: can.back_ends.open_session(
            Subject("4711"), Origin(), Asked(claims='{"plan":"pro"}'), by=OPERATOR, adding=True
        )
    )
    assert rotated(old, opened.refresh_token)
    for words in (("users", "list"), ("sessions", "list")):
        assert old.run(*words)

    old.end()
    assert rotated(new, token)
    assert old.output.count('"status": 500') == 0
