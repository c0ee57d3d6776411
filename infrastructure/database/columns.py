"""Owns how the domain's values are written in columns, on SQLite and on Postgres."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

from asyncpg.pgproto import pgproto
from sqlalchemy import DateTime, Dialect, Text, Uuid
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import TypeEngine, UserDefinedType

from domain.causes import RefusalCause
from domain.sessions import EpochEnd
from infrastructure.database.grants import read_grant, write_grant

Converter = Callable[[Any], Any]


class Written(UserDefinedType[Any]):
    """A type whose values have another form in their column. None is NULL."""

    cache_ok = True

    def __init__(self, form: str, write: Converter, read: Converter) -> None:
        self.form = form
        self.write = write
        self.read = read

    def get_col_spec(self, **_: Any) -> str:
        """The column's type in DDL."""
        return self.form

    def bind_processor(self, dialect: Dialect) -> Converter:
        """The conversion of a value for its column."""
        write = self.write
        return lambda value: None if value is None else write(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Converter:
        """The conversion of a value from its column."""
        read = self.read
        return lambda form: None if form is None else read(form)


def word(vocabulary: type[StrEnum]) -> TypeEngine[Any]:
    """A member of a fixed set of words, readable in the table."""
    return Written("TEXT", lambda member: member.value, vocabulary)


def _iso(moment: datetime) -> str:
    # Of fixed width and always in UTC, so that text sorts as time does.
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


@lru_cache(maxsize=1024)
def _words(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def _write_ends(ends: Sequence[EpochEnd]) -> str:
    return " ".join(f"{end.epoch}:{end.cause.value}" for end in ends)


@lru_cache(maxsize=1024)
def _read_ends(text: str) -> tuple[EpochEnd, ...]:
    ends = (end.split(":") for end in text.split())
    return tuple(EpochEnd(int(epoch), RefusalCause(cause)) for epoch, cause in ends)


IDENTIFIER: TypeEngine[Any] = Uuid().with_variant(
    Written("BLOB", lambda identifier: identifier.bytes, pgproto.UUID), "sqlite"
)
"""A UUID; on SQLite its 16 bytes, which sort as Postgres sorts UUIDs. Every UUID that was read is
of asyncpg's subclass of `uuid.UUID`: asyncpg decodes the type that way on Postgres, and SQLite's
bytes are converted alike, because the subclass is faster to make, to compare and to hash."""

MOMENT: TypeEngine[Any] = DateTime(timezone=True).with_variant(
    Written("TEXT", _iso, datetime.fromisoformat), "sqlite"
)
"""An aware time in UTC, to the microsecond."""

GRANT: TypeEngine[Any] = Written("TEXT", write_grant, read_grant)
"""What the JWTs of a session carry beyond the user."""

WORDS: TypeEngine[Any] = Written("TEXT", lambda words: json.dumps(list(words)), _words)
"""A tuple of words."""

PAIRS: TypeEngine[Any] = Written("TEXT", lambda pairs: json.dumps(dict(pairs)), json.loads)
"""Texts under names."""

EPOCH_ENDS: TypeEngine[Any] = Written("TEXT", _write_ends, _read_ends)
"""Why epochs ended, such as `7:loggedOutEverywhere 8:userDisabled`."""

NAME: TypeEngine[Any] = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that sorts by code point everywhere, whatever the server's language."""

SECONDS: TypeEngine[Any] = Written(
    "BIGINT", lambda duration: int(duration.total_seconds()), lambda count: timedelta(seconds=count)
)
"""A duration of whole seconds."""


class Earlier(GenericFunction[datetime]):
    """The moment that lies a number of seconds before another; on SQLite to the millisecond."""

    type = MOMENT
    inherit_cache = True


@compiles(Earlier, "postgresql")
def _earlier_on_postgres(element: Earlier, compiler: SQLCompiler, **how: Any) -> str:
    moment, seconds = (compiler.process(part, **how) for part in element.clauses)
    return f"({moment} - make_interval(secs => {seconds}))"


@compiles(Earlier, "sqlite")
def _earlier_on_sqlite(element: Earlier, compiler: SQLCompiler, **how: Any) -> str:
    moment, seconds = (compiler.process(part, **how) for part in element.clauses)
    return f"strftime('%Y-%m-%dT%H:%M:%f', {moment}, '-' || {seconds} || ' seconds')"


class TextOfId(GenericFunction[str]):
    """An id as JWTs write it: a UUID in lower case with hyphens."""

    type = Text()
    inherit_cache = True


@compiles(TextOfId, "postgresql")
def _text_on_postgres(element: TextOfId, compiler: SQLCompiler, **how: Any) -> str:
    [identifier] = (compiler.process(part, **how) for part in element.clauses)
    return f"CAST({identifier} AS TEXT)"


@compiles(TextOfId, "sqlite")
def _text_on_sqlite(element: TextOfId, compiler: SQLCompiler, **how: Any) -> str:
    [identifier] = (compiler.process(part, **how) for part in element.clauses)
    groups = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
    return " || '-' || ".join(
        f"substr(lower(hex({identifier})), {start}, {length})" for start, length in groups
    )
