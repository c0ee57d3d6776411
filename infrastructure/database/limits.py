"""Owns how many connections there may be, and for how long anything may be waited for."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What keeps an outage of the database from becoming a pile of waiting requests.

    Attributes:
        pool_size: connections of this process, and no more.
        pool_timeout: how long to wait for a free one.
        connect_timeout: how long connecting may take.
        statement_timeout: how long a statement may take; on SQLite, how long it may wait for its
            turn to write.
    """

    pool_size: int
    pool_timeout: timedelta
    connect_timeout: timedelta
    statement_timeout: timedelta
