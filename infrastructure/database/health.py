"""Owns whether the database answers, with a schema that this version can serve."""

from domain.errors import Unavailable
from infrastructure.database import schema
from infrastructure.database.checkup import DatabaseCheckup
from infrastructure.database.database import Database


class DatabaseHealth:
    """The port ReadinessCheck, for the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def problem(self) -> str | None:
        """`databaseUnavailable`, `databaseFileMissing`, `schemaMismatch` or others, or None."""
        try:
            status = await schema.status(self._database)
            await DatabaseCheckup(self._database).prove_writable()
        except Unavailable as outage:
            return outage.reason
        return None if status.is_servable else "schemaMismatch"
