"""A database with the tables of another program is refused, and nothing in it is changed."""

from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from config.doctor.examination import examine
from config.doctor.finding import State
from config.settings.loading import load_settings
from config.settings.sections import Settings
from config.settings.server_secret import new_secret
from config.wiring.container import Container
from config.wiring.service import Service
from domain.errors import Misconfigured
from infrastructure.database import schema
from infrastructure.database.database import Database
from tests.support.servers.databases import sqlite_url

pytestmark = pytest.mark.anyio


def settings_and_container(url: str) -> tuple[Settings, Container]:
    settings = load_settings({"REMINT_DATABASE_URL": url})
    return settings, Container(settings=settings, secrets=(new_secret().encode(),))


def service_on(url: str) -> Service:
    return Service(settings_and_container(url)[1])


async def names_in(database: Database) -> set[str]:
    async with database.connection() as connection:
        return await connection.run_sync(
            lambda c: {*inspect(c).get_table_names(), *inspect(c).get_view_names()}
        )


@pytest.mark.parametrize(
    "tables",
    [
        ["CREATE TABLE alembic_version (version_num text)"],
        ["CREATE TABLE alembic_version (number int)", "INSERT INTO alembic_version VALUES (1)"],
        [
            "CREATE TABLE alembic_version (version_num text)",
            "INSERT INTO alembic_version VALUES ('3f2a')",
        ],
        [
            "CREATE TABLE alembic_version (version_num text)",
            "INSERT INTO alembic_version VALUES ('0001'), ('0002')",
        ],
        ["CREATE TABLE users (id int, name text)"],
        ["CREATE VIEW sessions AS SELECT 1 AS id"],
        [
            "CREATE TABLE alembic_version (version_num text)",
            "INSERT INTO alembic_version VALUES ('0001')",
            "CREATE TABLE signing_keys (id int)",
        ],
        [
            "CREATE TABLE alembic_version (version_num text)",
            f"INSERT INTO alembic_version VALUES ('{schema.head()}')",
            "CREATE TABLE signing_keys (id int)",
        ],
    ],
    ids=[
        "empty",
        "other column",
        "other number",
        "two numbers",
        "users",
        "view",
        "first number",
        "same number",
    ],
)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_another_programs_database_is_refused_and_left_alone(
    kind: str, tables: list[str], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    file = tmp_path / "other.db"
    url = sqlite_url(file) if kind == "sqlite" else request.getfixturevalue("postgres_url")
    database = Database(url)
    for statement in tables:
        await database.affected(text(statement))
    before = await names_in(database)
    service = service_on(url)
    with pytest.raises(Misconfigured) as refused:
        await service.try_start()
    assert "is not Remint's" in refused.value.explanation
    assert await names_in(database) == before
    await database.dispose()
    found = [finding async for finding in examine(*settings_and_container(url))]
    assert any("is not Remint's" in finding.says for finding in found)
    assert [finding.state for finding in found].count(State.FAILED) == 1
