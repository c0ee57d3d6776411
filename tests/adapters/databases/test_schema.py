"""The schema is made once, by any of several processes, and equals the program's tables."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from domain.errors import Misconfigured
from infrastructure.database import schema
from infrastructure.database.database import Database
from infrastructure.database.diagnosis import INSUFFICIENT_PRIVILEGE
from infrastructure.database.health import DatabaseHealth
from infrastructure.database.schema import Status
from infrastructure.database.tables import metadata
from testing.postgres import Cluster
from tests.support.servers.databases import KINDS, sqlite_url

pytestmark = pytest.mark.anyio

UPGRADE = """
import asyncio, sys
from domain.errors import Misconfigured
from infrastructure.database import schema
from infrastructure.database.diagnosis import INSUFFICIENT_PRIVILEGE
from infrastructure.database.database import Database

async def main():
    database = Database(sys.argv[1])
    await schema.upgrade(database)
    print((await schema.status(database)).current)
    await database.dispose()

asyncio.run(main())
"""


@pytest.fixture(params=KINDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "new" / "remint.db")
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def empty(empty_url: str) -> AsyncIterator[Database]:
    database = Database(empty_url)
    yield database
    await database.dispose()


def differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


async def revise(database: Database, revision: str) -> None:
    await database.affected(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})


async def test_the_migrations_make_the_tables_that_the_statements_use(database: Database) -> None:
    async with database.connection() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_new_database_is_behind_until_it_is_upgraded(empty: Database) -> None:
    before = await schema.status(empty)
    assert (before.current, before.is_behind, before.is_servable) == (None, True, False)
    assert await DatabaseHealth(empty).problem() == "schemaMismatch"
    await schema.upgrade(empty)
    after = await schema.status(empty)
    assert (after.current, after.is_behind, after.is_servable) == (after.head, False, True)
    assert await DatabaseHealth(empty).problem() is None


async def test_upgrading_again_changes_nothing(database: Database) -> None:
    before = await schema.status(database)
    await schema.upgrade(database)
    assert await schema.status(database) == before


async def test_instances_that_start_together_upgrade_once(empty_url: str) -> None:
    """Each is a process of its own; the second would fail on tables that exist."""
    command = (sys.executable, "-c", UPGRADE, empty_url)
    root = Path(schema.__file__).parents[2]
    starting = [
        asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=root
        )
        for _ in range(4)
    ]
    processes = await asyncio.gather(*starting)
    outputs = await asyncio.gather(*(process.communicate() for process in processes))
    # One of them makes SQLite's file, and says so in a line before.
    assert [printed.splitlines()[-1] for printed, _ in outputs] == [schema.head().encode()] * 4
    assert [complaints for _, complaints in outputs] == [b""] * 4


async def test_an_instance_that_another_one_overtook_does_not_call_the_tables_foreign(
    database: Database,
) -> None:
    """It looked before the other one migrated, and looks again before it would migrate itself."""
    before = schema.Status(current=None, head=schema.head())
    assert await schema.migration_fault(database, before) is None


async def test_the_next_release_may_upgrade_while_this_one_serves(database: Database) -> None:
    """Every migration leaves the release before it working, so a rolling update loses nobody."""
    ours = int(schema.head())
    await revise(database, f"{ours + 1:04}")
    assert await DatabaseHealth(database).problem() is None
    await revise(database, f"{ours + 2:04}")
    assert await DatabaseHealth(database).problem() == "schemaMismatch"


async def test_a_newer_schema_is_left_alone(database: Database) -> None:
    newer = f"{int(schema.head()) + 1:04}"
    await revise(database, newer)
    await schema.upgrade(database)
    assert (await schema.status(database)).current == newer


def test_an_older_schema_cannot_be_served() -> None:
    assert not Status(current="0006", head="0007").is_servable


async def test_upgrading_leaves_the_logging_as_it_is(empty: Database) -> None:
    root = logging.getLogger()
    before = (list(root.handlers), root.level, logging.getLogger("alembic").disabled)
    await schema.upgrade(empty)
    assert (list(root.handlers), root.level, logging.getLogger("alembic").disabled) == before


@pytest.mark.proves("S5")
async def test_the_server_needs_no_right_to_change_the_schema(
    postgres: Cluster, migrated_postgres_url: str
) -> None:
    """It checks for an upgrade at every start, and takes no right for granted."""
    name = migrated_postgres_url.rpartition("/")[2]
    role = f"server_of_{name}"
    postgres.sql(f"CREATE ROLE {role} LOGIN")
    grant = f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"
    postgres.sql(grant, database=name)
    server = Database(postgres.url(name, user=role))
    await schema.upgrade(server)
    assert await DatabaseHealth(server).problem() is None
    for forbidden in ("CREATE TABLE mine (n int)", "ALTER TABLE sessions ADD COLUMN n int"):
        with pytest.raises(Misconfigured) as refused:
            await server.affected(text(forbidden))
        assert refused.value.code == INSUFFICIENT_PRIVILEGE
    await server.dispose()
    postgres.sql(f"DROP OWNED BY {role}", database=name)
    postgres.sql(f"DROP ROLE {role}")
