"""Owns the limits on a database: how many connections, and how long anything waits."""

from dataclasses import dataclass, replace
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
        lock_timeout: how long a statement on Postgres can wait for a lock that another transaction
            holds; at most half of `statement_timeout` has an effect.
    """

    pool_size: int = 10
    pool_timeout: timedelta = FIVE_SECONDS
    connect_timeout: timedelta = FIVE_SECONDS
    statement_timeout: timedelta = FIVE_SECONDS
    lock_timeout: timedelta = timedelta(seconds=1)

    def for_long_work(self, longest: timedelta) -> "Limits":
        """The limits of one connection whose statements can take and wait for `longest`."""
        return replace(self, pool_size=1, statement_timeout=longest, lock_timeout=longest)
