"""A refresh caught between its read and its write while its user changes elsewhere."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from anyio import to_thread

from application import UseCases
from testing.postgres import Cluster
from tests.support.fakes.builders import OPERATOR
from tests.support.faults.faults import FaultyProxy
from tests.support.faults.refreshing import cause, refresh
from tests.support.servers.deployment import Deployment, cluster

pytestmark = [pytest.mark.proves("L10"), pytest.mark.anyio]

Change = Callable[[UseCases, str], Awaitable[object]]
CHANGES: dict[str, tuple[Change, str]] = {
    "disabled": (lambda can, name: can.operators.disable_user(name, by=OPERATOR), "userDisabled"),
    "logged-out": (
        lambda can, name: can.operators.log_out_user(name, by=OPERATOR),
        "loggedOutEverywhere",
    ),
    "password": (
        lambda can, name: can.operators.set_password(name, "a new password", by=OPERATOR),
        "credentialsChanged",
    ),
    "deleted": (lambda can, name: can.operators.delete_user(name, by=OPERATOR), "userNotFound"),
}


@pytest.fixture(scope="module")
def database_behind(
    postgres: Cluster, postgres_template: str
) -> Iterator[tuple[FaultyProxy, str, str]]:
    """A database on a network that can be stopped, and its addresses on and off that network."""
    with postgres.database(template=postgres_template) as url, FaultyProxy(postgres.port) as proxy:
        yield proxy, url.replace(f":{postgres.port}/", f":{proxy.port}/"), url


@pytest.fixture(scope="module")
def slow_instance(
    database_behind: tuple[FaultyProxy, str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    """One instance on that network; every other process is on a better one."""
    _, behind, direct = database_behind
    patience = {"REMINT_DATABASE_STATEMENT_TIMEOUT": "60"}
    with cluster(tmp_path_factory.mktemp("slow"), behind, servers=1, settings=patience) as opened:
        opened.settings["REMINT_DATABASE_URL"] = direct
        yield opened


@pytest.mark.parametrize("change", CHANGES)
async def test_what_a_refresh_writes_after_the_change_yields_no_usable_token_on_postgres(
    database_behind: tuple[FaultyProxy, str, str],
    slow_instance: Deployment,
    client: httpx.AsyncClient,
    change: str,
) -> None:
    proxy, (act, refused) = database_behind[0], CHANGES[change]
    await to_thread.run_sync(slow_instance.add_user, change)
    token = await to_thread.run_sync(slow_instance.open_session, change)
    (url,) = slow_instance.urls
    proxy.stall(requests=False, answers=True)  # what it asked was read, and nothing comes back
    caught = asyncio.create_task(refresh(client, url, token))
    try:
        await asyncio.sleep(0.5)
        await to_thread.run_sync(slow_instance.act, lambda can: act(can, change))
        assert not caught.done()
    finally:
        proxy.release()
    answer = await caught
    assert answer.status_code in {401, 404}
    assert cause(answer) == refused


async def test_what_a_refresh_writes_after_the_change_yields_no_usable_token_on_sqlite(
    tmp_path: Path, migrated_sqlite_url: str, client: httpx.AsyncClient
) -> None:
    """The test holds the writer's turn, so the refresh has read and waits to write."""
    patience = {"REMINT_DATABASE_STATEMENT_TIMEOUT": "60"}
    with cluster(tmp_path, migrated_sqlite_url, servers=1, settings=patience) as opened:
        token, (url,) = opened.log_in()["refreshToken"], opened.urls
        file = migrated_sqlite_url.partition("///")[2]
        with closing(sqlite3.connect(file, isolation_level=None)) as operator:
            operator.execute("BEGIN IMMEDIATE")
            caught = asyncio.create_task(refresh(client, url, token))
            await asyncio.sleep(0.5)
            assert not caught.done()
            operator.execute("UPDATE users SET credentials_epoch = credentials_epoch + 1")
            operator.execute("COMMIT")
        answer = await caught
        assert (answer.status_code, cause(answer)) == (401, "credentialsChanged")
