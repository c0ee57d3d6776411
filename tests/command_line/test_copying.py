"""`remint database copy`: one day one machine is not enough, and everybody stays signed in."""

import json
from pathlib import Path

import pytest

from config.settings.server_secret import new_secret
from domain.causes import RefusalCause
from domain.clients import ClientCredentials, ClientTerms
from domain.decision_table import Refuse
from domain.sessions import Origin
from tests.support.fakes.builders import HOUR, OPERATOR
from tests.support.servers.databases import sqlite_url, upgrade_schema
from tests.support.servers.deployment import Deployment


@pytest.fixture
def small(tmp_path: Path) -> Deployment:
    """An installation on SQLite that has been in use."""
    url = sqlite_url(tmp_path / "remint.db")
    upgrade_schema(url)
    deployment = Deployment.on(tmp_path, url, {"REMINT_SESSIONS_RENEWAL": "rotating"})
    deployment.add_user("alice")
    deployment.add_user("böb")
    return deployment


async def wait_for_nobody() -> bool:
    return True


def refreshed(deployment: Deployment, token: str) -> str:
    successor = deployment.act(
        lambda can: can.presenters.refresh(token, wait_for_nobody)
    ).refresh_token
    assert successor is not None
    return successor


def test_sessions_users_and_keys_move_to_postgres(small: Deployment, postgres_url: str) -> None:
    token = refreshed(small, small.open_session("böb"))
    ended = small.act(
        lambda can: can.operators.open_session(
            "alice", Origin("a browser", "192.0.2.1"), by=OPERATOR
        )
    )
    small.act(lambda can: can.operators.end_session(ended.session.id, by=OPERATOR))
    keys = small.act(lambda can: can.operators.list_signing_keys())

    copied = json.loads(small.run("database", "copy", "--to", postgres_url, "--json"))
    assert (copied["users"], copied["sessions"], copied["signing_keys"]) == (2, 2, 1)

    small.settings["REMINT_DATABASE_URL"] = postgres_url
    assert small.act(lambda can: can.operators.list_signing_keys()) == keys
    assert refreshed(small, token) == token, "still within the time of a burst: not rotated again"
    explained = small.act(lambda can: can.operators.explain_refresh_token(ended.refresh_token))
    assert isinstance(explained.decision, Refuse)
    assert explained.decision.cause is RefusalCause.REVOKED


def test_clients_move_with_secrets_terms_and_sessions(small: Deployment, postgres_url: str) -> None:
    terms = ClientTerms(scopes=("read",), lifetime=HOUR, idle=HOUR)
    added = small.act(
        lambda can: can.operators.add_client("shop", terms, is_public=False, by=OPERATOR)
    )
    assert added.secret is not None
    credentials = ClientCredentials("shop", added.secret)
    opened = small.act(
        lambda can: can.operators.open_session("alice", Origin(), by=OPERATOR, client_id="shop")
    )

    copied = json.loads(small.run("database", "copy", "--to", postgres_url, "--json"))
    assert copied["clients"] == 1

    small.settings["REMINT_DATABASE_URL"] = postgres_url
    assert small.act(lambda can: can.operators.list_clients()) == [added.client]
    assert small.act(
        lambda can: can.presenters.refresh(opened.refresh_token, wait_for_nobody, credentials)
    )


def test_a_database_that_is_in_use_is_not_copied_over(small: Deployment, tmp_path: Path) -> None:
    target = sqlite_url(tmp_path / "other.db")
    small.run("database", "copy", "--to", target)
    again = small.try_run("database", "copy", "--to", target)
    assert (again.returncode, "not empty" in again.stderr) == (4, True)


def test_a_database_of_another_version_is_not_copied(tmp_path: Path) -> None:
    (tmp_path / "nothing.db").touch()
    empty = Deployment.on(tmp_path, sqlite_url(tmp_path / "nothing.db"))
    target = sqlite_url(tmp_path / "other.db")
    refused = empty.try_run("database", "copy", "--to", target)
    assert (refused.returncode, "another schema" in refused.stderr) == (4, True)


@pytest.mark.proves("S4")
def test_a_password_in_the_address_is_refused_and_not_repeated(small: Deployment) -> None:
    """Arguments are seen by everybody on the machine."""
    password = new_secret()
    url = f"postgresql+asyncpg://remint:{password}@127.0.0.1/remint"
    refused = small.try_run("database", "copy", "--to", url)
    assert (refused.returncode, "PGPASSWORD" in refused.stderr) == (2, True)
    assert password not in refused.stdout + refused.stderr
