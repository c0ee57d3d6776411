"""Owns which failures of a database pass, which do not, and which of them cost a connection."""

import sqlite3
from types import TracebackType

import asyncpg
from sqlalchemy import exc
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi

from domain.errors import Misconfigured, Unavailable
from infrastructure.database.address import Address
from infrastructure.database.diagnosis import diagnose

OUTAGE_CLASSES = ("08", "53", "57", "58")
"""SQLSTATE classes: connection lost, resources used up, operator intervention, system error."""
READ_ONLY = "25006"
"""SQLSTATE of a write on a standby, or on a primary that was demoted."""
LOCK_NOT_AVAILABLE = "55P03"
"""SQLSTATE of a statement that waited for a lock as long as it was allowed to."""
CHANGED_TABLE = "0A000"
"""SQLSTATE of a prepared statement whose table was changed; it is prepared again next time."""
OUTAGE_STATES = frozenset(
    {
        READ_ONLY,
        "40001",  # could not serialize
        "40P01",  # deadlock
        "42P01",  # the schema is not there yet
        LOCK_NOT_AVAILABLE,
        CHANGED_TABLE,
    }
)
DISCONNECTED = ("08", "57P")
"""How the SQLSTATE begins when the connection is lost, or the server is ending it."""

DRIVER_OUTAGES = (sqlite3.OperationalError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""Outages among the errors of a driver that SQLAlchemy does not translate. asyncpg raises
InternalClientError on a connection that the server is just ending."""


class ConnectionUseless(Exception):
    """A connection was lost, or its server takes no writes; the driver's error is the cause."""


DATABASE_ERRORS = (
    *(OSError, exc.SQLAlchemyError, ConnectionUseless),
    *(sqlite3.Error, asyncpg.PostgresError, *DRIVER_OUTAGES),
)
"""Every class of error that SQLAlchemy, a driver or the operating system can raise."""


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
    if isinstance(error.orig, AsyncAdapt_asyncpg_dbapi.InvalidCachedStatementError):
        return True  # SQLAlchemy's own word for CHANGED_TABLE, without a SQLSTATE
    # Without a statement, connecting failed: no log-in is accepted, or no server is writable.
    return error.statement is None or _is_outage_state(error.orig)


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
    """Put around everything that asks the database: translates its failures into the domain's.

    An outage becomes Unavailable. A failure that does not pass by itself becomes Misconfigured.
    Both have the sentence for the operator.
    """

    def __init__(self, address: Address) -> None:
        self._address = address

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Raise the domain's error; the driver's stays attached, for the log."""
        if error is None or not isinstance(error, DATABASE_ERRORS):
            return
        found = diagnose(error, self._address)
        if not found.passes:
            raise Misconfigured(
                "databaseUnavailable", explanation=found.explanation, code=found.code
            ) from error
        if is_outage(error):
            raise Unavailable(
                "databaseUnavailable", explanation=found.explanation, code=found.code
            ) from error
