"""What a transaction does, written once for every way to run it."""

from collections.abc import Callable, Generator, Sequence
from typing import Any, TypeVar

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import UpdateBase

from infrastructure.database.statements import Values

T = TypeVar("T")

Statement = Select[Any] | UpdateBase
Rows = Sequence[Sequence[Any]]
Script = Generator[tuple[Statement, Values], Rows, T]
"""Yields each statement with its values, is sent the rows that it answered, and returns the result.

An error that a script raises undoes what it has written.
"""
Begin = Callable[[], Script[T]]
"""Begins a script, once more if its transaction has to be repeated."""


async def run(script: Script[T], connection: AsyncConnection) -> T:
    """Run a script on a connection in a transaction; its result."""
    rows: Rows | None = None
    while True:
        try:
            statement, values = next(script) if rows is None else script.send(rows)
        except StopIteration as end:
            result: T = end.value
            return result
        answered = await connection.execute(statement, values)
        rows = answered.all() if answered.returns_rows else ()
