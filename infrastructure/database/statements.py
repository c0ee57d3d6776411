"""Statements in the driver's own words: asked all day, where the toolkit between costs the most."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import asyncpg
from sqlalchemy import Connection, Dialect, Select, make_url
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.types import TypeEngine

from infrastructure.database.columns import Converter

Statement = Select[Any] | UpdateBase
Values = Mapping[str, Any]
FromTheDriver = Sequence[Any]
"""A row as the driver gives it, its values in the form in which the columns keep them."""

_SQLITE = make_url("sqlite+pysqlite://").get_dialect()()
_POSTGRES = make_url("postgresql+asyncpg://").get_dialect()()


class DriverStatement:
    """Compiled once. What it says, and how its values are kept, is still the toolkit's."""

    def __init__(self, statement: Statement, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self._text = str(compiled)
        self._names = compiled.positiontup or ()
        writers = [
            _kept(compiled.binds[name].type, dialect).bind_processor(dialect)
            for name in self._names
        ]
        self._writers = _by_place(writers)
        readers = [
            _kept(column.type, dialect).result_processor(dialect, None)
            for column in statement.exported_columns
        ]
        self._readers = _by_place(readers)

    def _written(self, values: Values) -> list[Any]:
        written = [values[name] for name in self._names]
        for place, writer in self._writers:
            written[place] = writer(written[place])
        return written

    def _read(self, rows: Sequence[FromTheDriver]) -> list[list[Any]]:
        read = [list(row) for row in rows]
        for row in read:
            for place, reader in self._readers:
                row[place] = reader(row[place])
        return read


class SqliteStatement(DriverStatement):
    """Runs in the thread that calls it."""

    def __init__(self, statement: Statement) -> None:
        super().__init__(statement, _SQLITE)

    def rows(self, connection: Connection, values: Values) -> list[list[Any]]:
        """Run it; all of its rows."""
        return self._read(_execute(connection)(self._text, self._written(values)).fetchall())

    def affected(self, connection: Connection, values: Iterable[Values]) -> list[int]:
        """Run it for each of the values; how many rows it changed each time."""
        execute = _execute(connection)
        return [execute(self._text, self._written(each)).rowcount for each in values]


def _execute(connection: Connection) -> Callable[..., sqlite3.Cursor]:
    driver_connection = connection.connection.driver_connection
    assert isinstance(driver_connection, sqlite3.Connection)
    return driver_connection.execute


class PostgresStatement(DriverStatement):
    """The server keeps it prepared, unless a pooler stands between."""

    def __init__(self, statement: Statement) -> None:
        super().__init__(statement, _POSTGRES)

    async def rows(self, connection: AsyncConnection, values: Values) -> list[list[Any]]:
        """Run it; all of its rows.

        Raises:
            TimeoutError: the server did not answer in time; it is not asked a second time.
            DBAPIError: by the toolkit, which also knows what this means for other connections.
        """
        return self._read(await self._run(connection, self._written(values)))

    async def _run(self, connection: AsyncConnection, written: list[Any]) -> Sequence[Any]:
        pooled: Any = connection.sync_connection
        driver_connection = pooled.connection.driver_connection
        try:
            rows: Sequence[Any] = await driver_connection.fetch(self._text, *written)
        except asyncpg.QueryCanceledError as error:
            raise TimeoutError from error
        except TimeoutError:
            # Broken off, for a farewell would have to be waited for as well.
            driver_connection.terminate()
            raise
        except asyncpg.InternalClientError:
            # The server has just ended the connection, and the driver is amid hearing of it.
            driver_connection.terminate()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            pass
        else:
            return rows
        return (await connection.exec_driver_sql(self._text, tuple(written))).all()


def _kept(kind: TypeEngine[Any], dialect: Dialect) -> TypeEngine[Any]:
    return kind.dialect_impl(dialect)


def _by_place(converters: Sequence[Converter | None]) -> list[tuple[int, Converter]]:
    """Those places where the driver's form is not ours."""
    return [(place, converter) for place, converter in enumerate(converters) if converter]
