"""Databases with the schema in place, one a test: SQLite files and Postgres databases."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from infrastructure.database import schema
from infrastructure.database.clients import SqlClients
from infrastructure.database.database import Database
from infrastructure.database.login_throttle import SqlLoginThrottle
from infrastructure.database.revocations import SqlRevocations
from infrastructure.database.session_register import SqlSessionRegister
from infrastructure.database.sessions import SqlSessions
from infrastructure.database.signing_keys import SqlSigningKeys
from infrastructure.database.trusted_issuers import SqlTrustedIssuers
from infrastructure.database.used_ids import SqlUsedIds
from infrastructure.database.user_register import SqlUserRegister
from infrastructure.database.users import SqlUsers
from testing.postgres import Cluster
from tests.support.fakes.stores import Stores

KINDS = ("sqlite", "postgres")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the schema, to be copied."""
    file = tmp_path_factory.mktemp("template") / "remint.db"
    upgrade_schema(sqlite_url(file))
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres: Cluster) -> str:
    """The name of a database with the schema, to be copied."""
    upgrade_schema(postgres.create_database("template_remint"))
    return "template_remint"


@pytest.fixture
def migrated_sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    return sqlite_url(shutil.copy(sqlite_template, tmp_path / "remint.db"))


@pytest.fixture
def migrated_postgres_url(postgres: Cluster, postgres_template: str) -> Iterator[str]:
    with postgres.database(template=postgres_template) as url:
        yield url


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """A database with the schema and nothing in it; the test runs on both kinds."""
    return str(request.getfixturevalue(f"migrated_{request.param}_url"))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.dispose()


def sql_stores(database: Database) -> Stores:
    return Stores(
        SqlUsers(database),
        SqlUserRegister(database),
        SqlSessions(database),
        SqlSessionRegister(database),
        SqlSigningKeys(database),
        SqlLoginThrottle(database),
        SqlClients(database),
        SqlRevocations(database),
        SqlTrustedIssuers(database),
        SqlUsedIds(database),
    )


@contextmanager
def somebody_else_writing(sqlite_url: str) -> Iterator[None]:
    """It is another process's turn to write; nothing comes of it."""
    file = sqlite_url.partition("///")[2]
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def new_database_url(request: pytest.FixtureRequest, kind: str, folder: Path) -> Iterator[str]:
    """A database with the schema and nothing in it, for fixtures that outlive a test."""
    if kind == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        yield sqlite_url(shutil.copy(template, folder / "remint.db"))
        return
    postgres: Cluster = request.getfixturevalue("postgres")
    with postgres.database(template=request.getfixturevalue("postgres_template")) as url:
        yield url


def sqlite_url(file: str | Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


def upgrade_schema(url: str) -> None:
    asyncio.run(_upgrade(url))


async def _upgrade(url: str) -> None:
    database = Database(url)
    await schema.upgrade(database)
    await database.dispose()
