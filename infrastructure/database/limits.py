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
        longest_work: how long a statement on Postgres can take in place of `statement_timeout`;
            it then waits for locks for `statement_timeout`.
    """

    pool_size: int = 10
    pool_timeout: timedelta = FIVE_SECONDS
    connect_timeout: timedelta = FIVE_SECONDS
    statement_timeout: timedelta = FIVE_SECONDS
    lock_timeout: timedelta = timedelta(seconds=1)
    longest_work: timedelta | None = None

    def for_long_work(self, longest: timedelta) -> "Limits":
        """The limits of one connection whose statements can take long, but not wait long."""
        return replace(self, pool_size=1, longest_work=longest)

    @property
    def longest_statement(self) -> timedelta:
        """How long a statement on Postgres can take."""
        return self.longest_work or self.statement_timeout

    @property
    def longest_lock_wait(self) -> timedelta:
        """How long a statement on Postgres can wait for a lock."""
        if self.longest_work is not None:
            return self.statement_timeout
        return min(self.lock_timeout, self.statement_timeout / 2)
