"""Owns the differences between SQLite and Postgres."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy import Column, ColumnElement, Select, TextClause
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from infrastructure.database.scripts import Begin
from infrastructure.database.session_statements import SessionStatements
from infrastructure.database.statements import Values

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class MissingPrivileges:
    """Privileges such as `UPDATE on sessions`, and the sentence that says how to grant them."""

    names: tuple[str, ...] = ()
    remedy: str = ""


class DatabaseKind(Protocol):
    """Everything that differs between SQLite and Postgres, so that no other module asks which one
    the database is. `Database` chooses the kind by its address.

    Attributes:
        engine: its connections commit every statement.
        transactions: the same pool; its connections begin transactions.
        insert: SQLAlchemy's INSERT with an ON CONFLICT clause.
        migration_lock: makes instances that migrate at the same time wait for each other.
        commit_mark: the column of `revocations` that orders rows as they become visible.
        settled_mark: all rows with a lesser mark are visible to the statement that selects it.
    """

    engine: AsyncEngine
    transactions: AsyncEngine
    migration_lock: TextClause | None
    commit_mark: Column[int]
    settled_mark: ColumnElement[int]

    # The two INSERTs of SQLAlchemy have no base in common that knows ON CONFLICT.
    @property
    def insert(self) -> Any:
        """See the attributes above."""
        ...

    def session_statements(self) -> SessionStatements:
        """The statements of a refresh, on connections of their own that stay open."""
        ...

    async def look_up(self, statement: Select[Any], values: Values) -> Sequence[Any] | None:
        """Run a statement that finds one row by a key."""
        ...

    async def transact(self, begin: Begin[T]) -> T:
        """Run a script in a transaction; durable when it returns.

        On SQLite scripts that callers send at the same time commit together.
        """
        ...

    async def upkeep(self) -> None:
        """Do work that is due several times a second, so that no request waits for it."""
        ...

    async def dispose(self) -> None:
        """Close all connections; the next statement opens new ones."""
        ...

    async def estimate(
        self, connection: AsyncConnection, selection: Select[Any], values: Mapping[str, object]
    ) -> int | None:
        """How many rows the database expects to select; None if it has no statistics."""
        ...

    async def clock(self, connection: AsyncConnection) -> datetime | None:
        """The database server's time; None if there is no server."""
        ...

    async def prove_writable(self, connection: AsyncConnection) -> None:
        """Write something that changes nothing, and fail as a commit would fail now.

        Nothing is written on Postgres, because a server that takes no writes is left (see Postgres)
        and its disk is the database operator's to watch.
        """
        ...

    async def missing_privileges(self, connection: AsyncConnection) -> MissingPrivileges:
        """The privileges that serving needs and the role lacks."""
        ...

    async def can_change_schema(self, connection: AsyncConnection) -> bool:
        """Whether the role has the privilege to create tables."""
        ...

    async def migration_fault(self, connection: AsyncConnection, *, is_new: bool) -> str | None:
        """Why no migration can begin, in a sentence with the remedy; None if one can.

        Args:
            is_new: the database has no tables yet.
        """
        ...

    async def encoding_fault(self, connection: AsyncConnection) -> str | None:
        """Why the database cannot store every text, with the remedy; None if it can."""
        ...

    async def time_limit_fault(self, connection: AsyncConnection) -> str | None:
        """Why a wait for a lock would have no end, with the remedy; None if it has one."""
        ...
