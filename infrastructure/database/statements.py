"""Owns statements that run on the driver directly: compiled by SQLAlchemy, once."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect, Select, make_url
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.types import TypeEngine

from infrastructure.database.address import POSTGRES, SQLITE
from infrastructure.database.columns import Converter, Written

Values = Mapping[str, Any]
Row = list[Any]
"""The values of a row, in the order of the statement's columns, as the domain has them."""


class CompiledStatement:
    """A statement's text for one driver, and the conversion of its values and rows.

    SQLAlchemy writes the text and decides every conversion, as for its own executions. NULL is
    None, and converted by nobody.
    """

    def __init__(self, statement: Select[Any] | UpdateBase, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.text = str(compiled)
        self._names = compiled.positiontup or ()
        self._constants: dict[str, Any] = {
            name: compiled.binds[name].value
            for name in self._names
            if not compiled.binds[name].required
        }
        self._writers = _by_place(
            _writer(compiled.binds[name].type.dialect_impl(dialect), dialect)
            for name in self._names
        )
        self._readers = _by_place(
            _reader(column.type.dialect_impl(dialect), dialect)
            for column in statement.exported_columns
        )

    def written(self, values: Values) -> list[object]:
        """The parameters for the driver, in their order."""
        given = {**self._constants, **values} if self._constants else values
        written = [given[name] for name in self._names]
        for place, writer in self._writers:
            if written[place] is not None:
                written[place] = writer(written[place])
        return written

    def read(self, rows: Iterable[Sequence[Any]]) -> list[Row]:
        """The rows that the driver answered."""
        read = [list(row) for row in rows]
        for row in read:
            for place, reader in self._readers:
                if row[place] is not None:
                    row[place] = reader(row[place])
        return read


@lru_cache(maxsize=256)
def for_sqlite(statement: Select[Any] | UpdateBase) -> CompiledStatement:
    """The statement for the driver `sqlite3`."""
    return CompiledStatement(statement, _SQLITE)


@lru_cache(maxsize=256)
def for_postgres(statement: Select[Any] | UpdateBase) -> CompiledStatement:
    """The statement for the driver `asyncpg`."""
    return CompiledStatement(statement, _POSTGRES)


_SQLITE = make_url(f"{SQLITE}://").get_dialect()()
_POSTGRES = make_url(f"{POSTGRES}://").get_dialect()()


def _writer(type_: TypeEngine[Any], dialect: Dialect) -> Converter | None:
    return type_.write if isinstance(type_, Written) else type_.bind_processor(dialect)


def _reader(type_: TypeEngine[Any], dialect: Dialect) -> Converter | None:
    return type_.read if isinstance(type_, Written) else type_.result_processor(dialect, None)


def _by_place(converters: Iterable[Converter | None]) -> list[tuple[int, Converter]]:
    """The places whose values the driver has in another form."""
    return [(place, converter) for place, converter in enumerate(converters) if converter]
