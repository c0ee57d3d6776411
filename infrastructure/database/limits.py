"""Owns the limits on a database: how many connections, and how long anything waits."""

from dataclasses import dataclass
from datetime import timedelta

FIVE_SECONDS = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits that keep an outage of the database from piling up waiting requests.

    Attributes:
        pool_size: the most connections of this process.
        pool_timeout: how long to wait for a free connection.
        connect_timeout: how long connecting can take.
        statement_timeout: how long a statement can take; on SQLite, how long it can wait for other
            writers.
    """

    pool_size: int = 10
    pool_timeout: timedelta = FIVE_SECONDS
    connect_timeout: timedelta = FIVE_SECONDS
    statement_timeout: timedelta = FIVE_SECONDS
