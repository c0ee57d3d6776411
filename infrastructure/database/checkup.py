"""Looks at a database from outside its tables: its clock, and what our role may do there."""

from datetime import datetime

from sqlalchemy import TextClause, text

from domain.errors import Unavailable
from infrastructure.database.database import Database
from infrastructure.database.sqlite import begin_immediately
from infrastructure.database.tables import metadata

NEEDED = ("SELECT", "INSERT", "UPDATE", "DELETE")
CLOCK = text("SELECT clock_timestamp()")
HAS_RIGHT = text("SELECT has_table_privilege(current_user, :table, :right)")
MAY_CREATE = text("SELECT has_schema_privilege(current_user, current_schema(), 'CREATE')")


class DatabaseCheckup:
    """Changes nothing. Raises from all: Unavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def clock(self) -> datetime | None:
        """The database server's time; None where there is no server."""
        if not self._database.is_postgres:
            return None
        row = await self._database.row(CLOCK)
        return row[0] if row else None

    async def missing_rights(self) -> list[str]:
        """What our role would need and has not, such as `UPDATE on sessions`."""
        if not self._database.is_postgres:
            return await self._missing_on_a_file()
        return [
            f"{right} on {table}"
            for table in metadata.tables
            for right in NEEDED
            if not await self._holds(HAS_RIGHT, {"table": table, "right": right})
        ]

    async def may_change_schema(self) -> bool:
        """Whether our role could (checklist S5); a file's owner always can."""
        return not self._database.is_postgres or await self._holds(MAY_CREATE, {})

    async def _holds(self, question: TextClause, values: dict[str, str]) -> bool:
        row = await self._database.row(question, values)
        return bool(row and row[0])

    async def _missing_on_a_file(self) -> list[str]:
        """Whether a transaction that writes can begin; it is taken back at once."""
        try:
            async with self._database.connection() as connection:
                await connection.run_sync(begin_immediately)
                await connection.exec_driver_sql("ROLLBACK")
        except Unavailable:
            return ["writing to the file"]
        return []
