"""Owns how requests share an SQLite file: which connection reads, and whose commits are one."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar, cast

from sqlalchemy import Select
from sqlalchemy.exc import IntegrityError

from domain.errors import RemintError
from infrastructure.database.batching import Batch
from infrastructure.database.file_connection import FileConnection
from infrastructure.database.scripts import Begin, Rows, Script, Statement, run_at_once
from infrastructure.database.statements import CompiledStatement, Row, Values, for_sqlite

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Failed:
    """In place of a result: the error of one script, whose neighbours are stored all the same."""

    error: Exception


class SharedFile:
    """Two connections: one that reads and writes, and one that reads while the other commits.

    All methods raise Unavailable if the file cannot be used now.
    """

    def __init__(self, *, writing: FileConnection, reading: FileConnection) -> None:
        self._writing = writing
        self._reading = reading
        self._transactions: Batch[Begin[Any], Any] = Batch(self._commit_together)

    async def fetch(self, statement: CompiledStatement, values: Values) -> list[Row]:
        """Run a statement that reads; all of its rows."""
        # The connection that commits keeps its page cache; a commit clears the other's.
        connection = self._writing if self._writing.is_ready else self._reading
        return await connection.fetch(statement, values)

    async def look_up(self, statement: Select[Any], values: Values) -> Row | None:
        """Run a statement that finds one row by a key."""
        rows = await self.fetch(for_sqlite(statement), values)
        return rows[0] if rows else None

    async def commit(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Let `work` write in one transaction, durable when this returns."""
        return await self._writing.commit(work)

    async def transact(self, begin: Begin[T]) -> T:
        """Run a script, durable when this returns.

        Scripts that callers send at the same time share one transaction, in which each sees what
        those before it wrote. A script that fails is undone alone.
        """
        answer = await self._transactions(begin)
        if isinstance(answer, _Failed):
            raise answer.error
        return cast("T", answer)

    async def _commit_together(self, asked: Sequence[Begin[Any]]) -> list[Any]:
        return await self.commit(lambda driver: [self._answer(begin(), driver) for begin in asked])

    def _answer(self, script: Script[Any], driver: sqlite3.Connection) -> Any:
        driver.execute("SAVEPOINT script")
        try:
            answer = run_at_once(script, partial(self._execute, driver))
        except (RemintError, IntegrityError) as error:
            driver.execute("ROLLBACK TO script")
            answer = _Failed(error)
        driver.execute("RELEASE script")
        return answer

    def _execute(self, driver: sqlite3.Connection, statement: Statement, values: Values) -> Rows:
        compiled = for_sqlite(statement)
        try:
            answered = driver.execute(compiled.text, compiled.written(values)).fetchall()
        except sqlite3.IntegrityError as error:
            raise IntegrityError(compiled.text, None, error) from error  # as from SQLAlchemy
        return compiled.read(answered)
