"""The version before a migration and the version with it serve one database at the same time."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.alice import PASSWORD, USERNAME
from tests.support.fakes.other_parties import Party
from tests.support.servers.databases import sqlite_url
from tests.support.servers.deployment import API, Deployment

pytestmark = [pytest.mark.proves("S7"), pytest.mark.slow]

ROOT = Path(__file__).parents[2]
MIGRATION = "infrastructure/database/migrations/versions/0004_trusted_issuers.py"
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


def cause(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["details"][0]["code"])


def test_both_versions_serve_one_database_while_one_replaces_the_other(
    old: Deployment, new: Deployment, tmp_path: Path
) -> None:
    old.run("users", "add", USERNAME, "--password-stdin", typed=PASSWORD)
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
    for turn in range(6):
        token = rotated((old, new)[turn % 2], token)
    new.run("users", "add", "of-new", "--password-stdin", typed=PASSWORD)
    for name in ("of-old", "of-new"):
        for one, other in ((old, new), (new, old)):
            assert rotated(other, one.log_in(name)["refreshToken"])

    # What one version ends has ended for the other, with its cause.
    for one, other in ((old, new), (new, old)):
        ended = other.log_in("of-old")["refreshToken"]
        one.run("users", "log-out", "of-old")
        assert cause(other.refresh(ended)) == "loggedOutEverywhere"

    # A client that has keys alone is confidential to both versions.
    file = tmp_path / "jwks.json"
    party = Party()
    file.write_text(party.jwks())
    new.run("clients", "add", "signer", "--jwks", str(file))
    of_signer = new.run("sessions", "open", "of-new", "--client", "signer").split()[-1]
    for each in (old, new):
        assert each.refresh(of_signer).json()["error"]["code"] == "invalidClient"

    # A session that an assertion opened at the new version continues at the old one.
    new.run("issuers", "add", "own", "--jwks", str(file), "--audience", "remint")
    claims = {"iss": "own", "sub": "4711", "aud": "remint", "exp": int(time.time()) + 60}
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": Party.of("ES256").sign(claims),
    }
    assert new.client.post("/oauth/token", data=form).json()["error"] == "invalid_grant"
    form["assertion"] = party.sign(claims)
    opened = new.client.post("/oauth/token", data=form).raise_for_status().json()
    assert rotated(new, rotated(old, opened["refresh_token"]))

    old.end()
    assert rotated(new, token)
    assert old.output.count('"status": 500') == 0
