"""Statements in the driver's own words, for batches whose rows would each pay the toolkit anew."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Dialect, Update
from sqlalchemy.types import TypeEngine


class DriverStatement:
    """Compiled once. What it says, and how its values are written, is still the toolkit's."""

    def __init__(self, statement: Update, dialect: Dialect) -> None:
        """Compile for a dialect whose driver numbers its parameters by their place."""
        compiled = statement.compile(dialect=dialect)
        self._text = str(compiled)
        self._writers = [
            (name, _writer(compiled.binds[name].type, dialect))
            for name in compiled.positiontup or ()
        ]

    def affected(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Run it; how many rows it changed."""
        driver_connection: Any = connection.connection.driver_connection
        row = [write(values[name]) for name, write in self._writers]
        return int(driver_connection.execute(self._text, row).rowcount)


def _writer(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any]:
    return kind.dialect_impl(dialect).bind_processor(dialect) or _as_it_is


def _as_it_is(value: Any) -> Any:
    return value
