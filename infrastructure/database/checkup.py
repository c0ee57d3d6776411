"""Owns the examination of a database apart from its tables: its clock, and the privileges."""

from datetime import datetime

from sqlalchemy.exc import DBAPIError

from infrastructure.database.database import Database


class DatabaseCheckup:
    """Examines a database and changes nothing. Raises from all: Unavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def clock(self) -> datetime | None:
        """The database server's time; None if there is no server."""
        async with self._database.connection() as connection:
            return await self._database.kind.clock(connection)

    async def prove_writable(self) -> None:
        """Fail as a commit would fail now, for example because the disk is full."""
        async with self._database.connection() as connection:
            await self._database.kind.prove_writable(connection)

    async def missing_privileges(self) -> list[str]:
        """The privileges that serving needs and the role lacks, such as `UPDATE on sessions`."""
        async with self._database.connection() as connection:
            return await self._database.kind.missing_privileges(connection)

    async def can_change_schema(self) -> bool:
        """Whether the role has the privilege to create tables."""
        async with self._database.connection() as connection:
            return await self._database.kind.can_change_schema(connection)


def refusal(error: Exception) -> str | None:
    """The driver's name of an error with which the database refused a statement, else None."""
    if not isinstance(error, DBAPIError) or error.orig is None:
        return None
    return type(error.orig.__cause__ or error.orig).__name__
