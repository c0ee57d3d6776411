"""An opening caught between its read of the user and its write while the user changes elsewhere."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx
import pytest
from anyio import to_thread

from application import UseCases
from domain.clients import ClientTerms, Permission
from domain.sessions import OwnedSession
from tests.support.fakes.builders import OPERATOR
from tests.support.servers.databases import KINDS, new_database_url
from tests.support.servers.deployment import API, Deployment, cluster

pytestmark = [pytest.mark.proves("L10"), pytest.mark.anyio]

Execute = Callable[[str], object]
CHANGES = {
    "disabled": "UPDATE users SET disabled_at = created_at",
    "logged-out": "UPDATE users SET credentials_epoch = credentials_epoch + 1",
    "deleted": "DELETE FROM users",
}
EXPECTED = {"disabled": 403, "logged-out": 201, "deleted": 404}
"""A log-out ends what was opened before it; the opening takes place after it."""


@pytest.fixture(scope="module", params=KINDS)
def instance(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    """One instance whose statements wait longer for a lock than any test holds one."""
    folder = tmp_path_factory.mktemp("barrier")
    patience = {"REMINT_DATABASE_STATEMENT_TIMEOUT": "60"}
    with (
        new_database_url(request, request.param, folder) as url,
        cluster(folder, url, servers=1, settings=patience) as opened,
    ):
        yield opened


@pytest.fixture(scope="module")
def auth(instance: Deployment) -> httpx.BasicAuth:
    async def add(can: UseCases) -> str:
        terms = ClientTerms(may=(Permission.OPEN_SESSIONS,))
        added = await can.operators.add_client("shop", terms, is_public=False, by=OPERATOR)
        assert added.secret is not None
        return added.secret

    return httpx.BasicAuth("shop", instance.act(add))


def barrier(instance: Deployment) -> AbstractAsyncContextManager[Execute]:
    """Holds what an opening needs to write, and no more than that, until it is left."""
    is_sqlite = instance.database_url.startswith("sqlite")
    return (_on_sqlite if is_sqlite else _on_postgres)(instance.database_url)


@asynccontextmanager
async def _on_sqlite(url: str) -> AsyncIterator[Execute]:
    file = Path(url.partition("///")[2])
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        yield database.execute
        database.execute("COMMIT")


@asynccontextmanager
async def _on_postgres(url: str) -> AsyncIterator[Execute]:
    database = await asyncpg.connect(url.replace("+asyncpg", ""))
    changes: list[str] = []
    async with database.transaction():
        await database.execute("SELECT FROM users FOR UPDATE")
        yield changes.append
        for change in changes:
            await database.execute(change)
    await database.close()


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_while_a_session_is_being_opened_leaves_none_from_before_it(
    instance: Deployment, auth: httpx.BasicAuth, client: httpx.AsyncClient, change: str
) -> None:
    url = f"{instance.url}{API}/users/{change}/sessions"

    async def open_session(*, must_exist: bool) -> httpx.Response:
        return await client.post(url, json={"requireUser": must_exist}, auth=auth)

    async def stored(can: UseCases) -> dict[UUID, OwnedSession]:
        listed = await can.operators.list_sessions(ended=True)
        return {one.found.session.id: one.found for one in listed.items}

    await open_session(must_exist=False)
    before = await to_thread.run_sync(lambda: instance.act(stored))
    async with barrier(instance) as execute:
        caught = asyncio.create_task(open_session(must_exist=True))
        await asyncio.sleep(0.5)
        assert not caught.done()
        execute(f"{CHANGES[change]} WHERE subject = '{change}'")
    answer = await caught
    assert answer.status_code == EXPECTED[change]
    after = await to_thread.run_sync(lambda: instance.act(stored))
    opened = [one for session, one in after.items() if session not in before]
    assert len(opened) == (answer.status_code == 201)
    for one in opened:
        assert one.owner is not None
        assert one.session.credentials_epoch == one.owner.credentials_epoch
