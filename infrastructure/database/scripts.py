"""What a transaction does, written once for every way to run it."""

from collections.abc import Callable, Coroutine, Generator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

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


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """The end of a script."""

    result: T


async def run(
    script: Script[T], execute: Callable[[Statement, Values], Coroutine[None, None, Rows]]
) -> T:
    """Run a script in a transaction that has begun; its result."""
    step = resumed(script)
    while not isinstance(step, Done):
        step = resumed(script, await execute(*step))
    return step.result


async def run_on(connection: AsyncConnection, script: Script[T]) -> T:
    """Run a script on a connection in a transaction; its result."""

    async def execute(statement: Statement, values: Values) -> Rows:
        answered = await connection.execute(statement, values)
        return answered.all() if answered.returns_rows else ()

    return await run(script, execute)


def run_at_once(script: Script[T], execute: Callable[[Statement, Values], Rows]) -> T:
    """Run a script where no statement waits; its result."""
    step = resumed(script)
    while not isinstance(step, Done):
        step = resumed(script, execute(*step))
    return step.result


def resumed(script: Script[T], rows: Rows | None = None) -> tuple[Statement, Values] | Done[T]:
    """The next statement of a script, which gets the rows of the one before; or its end."""
    try:
        return next(script) if rows is None else script.send(rows)
    except StopIteration as end:
        return Done(end.value)
