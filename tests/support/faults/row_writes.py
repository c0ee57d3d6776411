"""Counts the writes to session rows exactly, by a trigger in the database itself."""

import sqlite3
from collections.abc import Callable
from contextlib import closing

from testing.postgres import Cluster

SQLITE = """
CREATE TABLE writes (session BLOB);
CREATE TRIGGER count_writes AFTER UPDATE ON sessions
BEGIN INSERT INTO writes VALUES (new.id); END;
"""
POSTGRES = (
    "CREATE TABLE writes (session uuid)",
    (
        "CREATE FUNCTION count_write() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN INSERT INTO writes VALUES (new.id); RETURN NULL; END $$"
    ),
    (
        "CREATE TRIGGER count_writes AFTER UPDATE ON sessions "
        "FOR EACH ROW EXECUTE FUNCTION count_write()"
    ),
)
COUNT = "SELECT count(*) FROM writes"


def count_row_writes(database_url: str, postgres: Cluster | None = None) -> Callable[[], int]:
    """Start counting; the result tells how many session rows were written since.

    Args:
        postgres: the server of the database, None for SQLite.
    """
    if postgres is None:
        return _on_sqlite(database_url.partition("///")[2])
    return _on_postgres(postgres, database_url.rpartition("/")[2])


def _on_sqlite(file: str) -> Callable[[], int]:
    with closing(sqlite3.connect(file, timeout=30.0)) as connection:
        connection.executescript(SQLITE)

    def count() -> int:
        with closing(sqlite3.connect(file, timeout=30.0)) as connection:
            return int(connection.execute(COUNT).fetchone()[0])

    return count


def _on_postgres(postgres: Cluster, name: str) -> Callable[[], int]:
    for statement in POSTGRES:
        postgres.sql(statement, database=name)
    return lambda: int(postgres.sql(COUNT, database=name)[0]["count"])
