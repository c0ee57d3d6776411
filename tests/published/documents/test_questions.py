"""The statements in docs/questions.md do what the page says, while the server runs."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import jwt
import pytest

from tests.support.checks.snippets import snippet
from tests.support.servers.deployment import Deployment, deployed

pytestmark = pytest.mark.slow


@pytest.fixture
def own_remint(tmp_path: Path) -> Iterator[Deployment]:
    with deployed(tmp_path) as remint:
        yield remint


def run_published(remint: Deployment, title: str) -> None:
    file = remint.database_url.partition("///")[2]
    with closing(sqlite3.connect(file)) as database, database:
        assert database.execute(snippet("docs/questions.md", "sql", title)).rowcount == 1


def test_roles_and_name_change_while_everybody_stays_signed_in(own_remint: Deployment) -> None:
    opened = own_remint.log_in()
    before = jwt.decode(opened["jwtToken"], options={"verify_signature": False})
    run_published(own_remint, "roles")
    run_published(own_remint, "name")
    refreshed = own_remint.refresh(opened["refreshToken"])
    after = jwt.decode(refreshed.json()["jwtToken"], options={"verify_signature": False})
    assert after["roles"] == ["admin", "auditor"]
    assert (after["sub"], after["sid"]) == (before["sub"], before["sid"])
    assert own_remint.log_in("Alicia")
    own_remint.run("users", "disable", "alicia")
