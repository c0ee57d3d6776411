"""Owns whether the database answers, with a schema that this version can serve."""

from domain.errors import Unavailable
from infrastructure.database import schema
from infrastructure.database.database import Database


class DatabaseHealth:
    """The port ReadinessCheck, for the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def problem(self) -> str | None:
        """`databaseUnavailable`, `schemaMismatch`, or None."""
        try:
            status = await schema.status(self._database)
        except Unavailable as outage:
            return outage.reason
        return None if status.is_servable else "schemaMismatch"
