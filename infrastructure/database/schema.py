"""Owns the schema's version: the current one, the expected one, and the migration."""

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from domain.errors import Misconfigured
from infrastructure.database.database import Database
from infrastructure.database.diagnosis import not_remints
from infrastructure.database.tables import metadata

MIGRATIONS = Path(__file__).parent / "migrations"
LONGEST_MIGRATION = timedelta(hours=1)
FIRST_TABLES = {"users", "sessions", "signing_keys", "login_attempts"}
_REVISION = re.compile(r"\d{4}")
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

    @property
    def advice(self) -> str:
        """What to do if this version cannot serve."""
        says = f"The schema is {self.current or 'missing'}; this version serves {self.head}."
        if self.is_behind:
            return f"{says} Run `remint database upgrade`."
        return f"{says} Install the version of Remint that belongs to this schema."


async def status(database: Database) -> Status:
    """The schema's status; nothing is changed.

    Raises:
        Misconfigured: the tables in the database are another program's.
        Unavailable: the database cannot answer now.
    """
    async with database.connection() as connection:
        revision = await connection.run_sync(_revision)
    if revision is not None and not _REVISION.fullmatch(revision):
        raise not_remints(database.address)
    return Status(revision, head())


async def upgrade(database: Database) -> None:
    """Upgrade the schema in one transaction; of several callers at once, one does it.

    If the schema is up to date, or newer, no privilege to change it is needed.

    Raises:
        Misconfigured: another program's tables are in the way, or the role cannot create tables;
            nothing was changed.
        Unavailable: the database cannot answer now; nothing was changed.
    """
    found = await status(database)
    if not found.is_behind:
        return
    fault = await migration_fault(database, found)
    if fault is not None:
        raise Misconfigured("databaseUnavailable", explanation=fault)
    patient = database.patient(LONGEST_MIGRATION)
    try:
        async with patient.transaction() as connection:
            if database.kind.migration_lock is not None:
                await connection.execute(database.kind.migration_lock)
            await connection.run_sync(_migrate)
    finally:
        await patient.dispose()


async def migration_fault(database: Database, found: Status) -> str | None:
    """Why a schema with the status `found` cannot be upgraded, with the remedy; None if it can."""
    is_new = found.current is None
    is_foreign = _has_foreign_tables if is_new else _lacks_first_tables
    async with database.connection() as connection:
        if await connection.run_sync(is_foreign):
            return not_remints(database.address).explanation
        return await database.kind.migration_fault(connection, is_new=is_new)


@cache
def head() -> str:
    """The revision that this version expects: the number of the last migration file."""
    return max(file.name.split("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _revision(connection: Connection) -> str | None:
    """None without a table of revisions; empty if the table has none, or several, and so is not
    Remint's."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revisions = connection.scalars(APPLIED).all()
    return str(revisions[0]) if len(revisions) == 1 else ""


def _has_foreign_tables(connection: Connection) -> bool:
    """Whether tables or views with the names of Remint's were made by another program.

    Remint makes its tables and their revision in one transaction. So if another instance has
    migrated in between, the revision, which is read last, is there.
    """
    inspector = inspect(connection)
    names = (*inspector.get_table_names(), *inspector.get_view_names())
    if metadata.tables.keys().isdisjoint(names):
        return False
    return _revision(connection) is None


def _lacks_first_tables(connection: Connection) -> bool:
    """Whether another program's migrations happen to count as Remint's do."""
    return not set(inspect(connection).get_table_names()) >= FIRST_TABLES


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
