"""Owns the schema's version: the current one, the expected one, and the migration."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from infrastructure.database.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"
LONGEST_MIGRATION = timedelta(hours=1)
APPLIED = text("SELECT version_num FROM alembic_version")


@dataclass(frozen=True, slots=True)
class Status:
    """Revisions count upwards from `0001`; `current` is None if there is no schema yet."""

    current: str | None
    head: str

    @property
    def is_servable(self) -> bool:
        """Whether this version can serve: with its own revision, or with the next one.

        Every migration keeps the version before it working, so that instances can be replaced one
        by one while the others serve.
        """
        return self.current is not None and 0 <= int(self.current) - int(self.head) <= 1

    @property
    def is_behind(self) -> bool:
        """Whether an upgrade is due."""
        return self.current is None or int(self.current) < int(self.head)


async def status(database: Database) -> Status:
    """The schema's status; nothing is changed.

    Raises:
        Unavailable: the database cannot answer now.
    """
    async with database.connection() as connection:
        return Status(await connection.run_sync(_revision), head())


async def upgrade(database: Database) -> None:
    """Upgrade the schema in one transaction; of several callers at once, one does it.

    If the schema is up to date, or newer, no privilege to change it is needed.

    Raises:
        Unavailable: the database cannot answer now; nothing was changed.
    """
    if not (await status(database)).is_behind:
        return
    patient = database.patient(LONGEST_MIGRATION)
    try:
        async with patient.transaction() as connection:
            if database.kind.migration_lock is not None:
                await connection.execute(database.kind.migration_lock)
            await connection.run_sync(_migrate)
    finally:
        await patient.dispose()


@cache
def head() -> str:
    """The revision that this version expects: the number of the last migration file."""
    return max(file.name.split("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(APPLIED)
    return revision


def _migrate(connection: Connection) -> None:
    # Alembic takes long to load, and most starts have nothing to migrate.
    from alembic import command
    from alembic.config import Config

    config = Config()
    # Alembic interpolates its options, so a percent sign in the path is doubled.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
