"""Owns which failures of a database are outages, and which of them cost a connection."""

import errno
import sqlite3
from types import TracebackType

import asyncpg
from sqlalchemy import exc

from domain.errors import Unavailable

OUTAGE_CLASSES = ("08", "53", "57", "58")
"""SQLSTATE classes: connection lost, resources used up, operator intervention, system error."""
READ_ONLY = "25006"
"""SQLSTATE of a write on a standby, or on a primary that was demoted."""
LOCK_NOT_AVAILABLE = "55P03"
"""SQLSTATE of a statement that waited for a lock as long as it was allowed to."""
OUTAGE_STATES = frozenset(
    {
        READ_ONLY,
        "40001",  # could not serialize
        "40P01",  # deadlock
        "42P01",  # the schema is not there yet
        LOCK_NOT_AVAILABLE,
    }
)
DISCONNECTED = ("08", "57P")
"""How the SQLSTATE begins when the connection is lost, or the server is ending it."""

DRIVER_OUTAGES = (sqlite3.OperationalError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""Outages among the errors of a driver that SQLAlchemy does not translate. asyncpg raises
InternalClientError on a connection that the server is just ending."""


class ConnectionUseless(Exception):
    """A connection was lost, or its server takes no writes; the driver's error is the cause."""


def is_outage(error: BaseException) -> bool:
    """Whether the same statement can succeed when it is repeated later."""
    if isinstance(error, (OSError, exc.TimeoutError, ConnectionUseless, *DRIVER_OUTAGES)):
        return True
    if isinstance(error, asyncpg.PostgresError):
        return _is_outage_state(error)
    if not isinstance(error, exc.DBAPIError):
        return False
    if (
        isinstance(error, (exc.OperationalError, exc.InterfaceError))
        or error.connection_invalidated
    ):
        return True
    # Without a statement, connecting failed: no log-in is accepted, or no server is writable.
    return error.statement is None or _is_outage_state(error.orig)


def code_of(error: BaseException) -> str:
    """The code of an outage: SQLite's name, Postgres's SQLSTATE, or the system's errno."""
    link: BaseException | None = error
    while link is not None:
        for cause in (link, getattr(link, "orig", None)):
            number = getattr(cause, "errno", None)
            code = (
                getattr(cause, "sqlite_errorname", None)
                or getattr(cause, "sqlstate", None)
                or (errno.errorcode.get(number) if isinstance(number, int) else None)
            )
            if code:
                return str(code)
        link = link.__cause__
    return ""


def has_waited_for_a_lock(outage: Unavailable) -> bool:
    """Whether another transaction held a lock for longer than a statement waits for one."""
    cause = outage.__cause__
    return _sqlstate(getattr(cause, "orig", cause)) == LOCK_NOT_AVAILABLE


def is_read_only(error: BaseException) -> bool:
    """Whether a server refused to write, or no server that writes was found."""
    found_none = isinstance(error.__cause__, asyncpg.TargetServerAttributeNotMatched)
    return _sqlstate(error) == READ_ONLY or found_none


def is_disconnect(error: BaseException) -> bool:
    """Whether an error of asyncpg says that the connection is lost, or is about to be."""
    if isinstance(error, (OSError, asyncpg.InternalClientError)):
        return True
    return _sqlstate(error).startswith(DISCONNECTED)


def _is_outage_state(error: BaseException | None) -> bool:
    state = _sqlstate(error)
    return state[:2] in OUTAGE_CLASSES or state in OUTAGE_STATES


def _sqlstate(error: BaseException | None) -> str:
    return getattr(error, "sqlstate", None) or ""


class OutagesAsUnavailable:
    """Put around everything that asks the database: raises Unavailable in place of an outage."""

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
            raise Unavailable("databaseUnavailable", code=code_of(error)) from error
