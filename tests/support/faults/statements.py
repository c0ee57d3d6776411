"""Records the statements that databases are asked, through SQLAlchemy or on the driver directly."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
from sqlalchemy import Engine, event

Asked = tuple[str, Any]
"""A statement and its parameters; none, where they are written into it."""


@contextmanager
def statements() -> Iterator[list[Asked]]:
    """Within the context, all that this process sends over connections that it fetches there."""
    asked: list[Asked] = []

    def note(_1: Any, _2: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    def note_directly(connection: Any, *_: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.set_trace_callback(lambda statement: asked.append((statement, ())))
        elif isinstance(connection.driver_connection, asyncpg.Connection):
            connection.driver_connection.add_query_logger(
                lambda query: asked.append((query.query, tuple(query.args)))
            )

    event.listen(Engine, "before_cursor_execute", note)
    event.listen(Engine, "checkout", note_directly)
    yield asked
    event.remove(Engine, "before_cursor_execute", note)
    event.remove(Engine, "checkout", note_directly)
