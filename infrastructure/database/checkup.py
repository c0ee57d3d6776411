"""Owns the examination of a database apart from its tables: its clock, and the privileges."""

from datetime import datetime

from domain.errors import Misconfigured
from infrastructure.database.database import Database
from infrastructure.database.kind import MissingPrivileges


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

    async def missing_privileges(self) -> MissingPrivileges:
        """The privileges that serving needs and the role lacks."""
        async with self._database.connection() as connection:
            return await self._database.kind.missing_privileges(connection)

    async def can_change_schema(self) -> bool:
        """Whether the role has the privilege to create tables."""
        async with self._database.connection() as connection:
            return await self._database.kind.can_change_schema(connection)

    async def encoding_fault(self) -> str | None:
        """Why the database cannot store every text, with the remedy; None if it can."""
        async with self._database.connection() as connection:
            return await self._database.kind.encoding_fault(connection)

    async def time_limit_fault(self) -> str | None:
        """Why a wait for a lock would have no end, with the remedy; None if it has one."""
        async with self._database.connection() as connection:
            return await self._database.kind.time_limit_fault(connection)

    async def refuse_missing_privileges(self) -> None:
        """Check the privileges that serving needs.

        Raises:
            Misconfigured: some are missing; the explanation has the statements that grant them.
        """
        missing = await self.missing_privileges()
        if missing.names:
            says = f"Missing privileges: {', '.join(missing.names)}. {missing.remedy}"
            raise Misconfigured("databaseUnavailable", explanation=says)
