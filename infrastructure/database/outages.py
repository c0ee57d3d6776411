"""Owns which failures of a database mean that it cannot answer now: the one place that decides."""

import sqlite3
from types import TracebackType

import asyncpg
from sqlalchemy import exc

from domain.errors import Unavailable

OUTAGE_CLASSES = ("08", "53", "57", "58")
"""SQLSTATE classes: connection lost, resources used up, operator intervention, system error."""
OUTAGE_STATES = frozenset(
    {
        "25006",  # read-only: a standby, or a primary that has stepped down
        "40001",  # could not serialize
        "40P01",  # deadlock
        "42P01",  # the schema is not there yet
        "55P03",  # lock not available
    }
)

FROM_THE_DRIVER = (sqlite3.OperationalError, asyncpg.InternalClientError)
"""What a driver raises that the toolkit does not stand between, or does not know: the second is
asyncpg's word for a connection that is just being ended by the server."""


def is_outage(error: BaseException) -> bool:
    """Whether the same statement may succeed when it is repeated later."""
    if isinstance(error, (OSError, TimeoutError, exc.TimeoutError, *FROM_THE_DRIVER)):
        return True
    if not isinstance(error, exc.DBAPIError):
        return False
    if (
        isinstance(error, (exc.OperationalError, exc.InterfaceError))
        or error.connection_invalidated
    ):
        return True
    # Without a statement it was connecting that failed: nobody is let in, no server is writable.
    state = getattr(error.orig, "sqlstate", None) or ""
    return error.statement is None or state[:2] in OUTAGE_CLASSES or state in OUTAGE_STATES


class OutagesAsUnavailable:
    """Around everything that asks the database: an outage leaves as Unavailable."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Raise Unavailable in place of an outage; its cause stays attached, for the log."""
        if error is not None and is_outage(error):
            raise Unavailable("databaseUnavailable") from error
