"""Owns everything that is special about Postgres: finding the writable server, and time limits."""

from typing import Any

import asyncpg
from sqlalchemy import URL, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from infrastructure.database.limits import Limits

TRANSACTIONAL = "READ COMMITTED"
READ_ONLY = "25006"
OLDEST_CONNECTION = 1800
"""Seconds after which a connection is replaced, so that changed addresses are noticed."""


def open_engine(url: URL, limits: Limits) -> AsyncEngine:
    """An engine for one server, for several of which it finds the writable one, or for a pooler."""
    engine = create_async_engine(
        url.set(drivername="postgresql+asyncpg"),
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        pool_size=limits.pool_size,
        max_overflow=0,
        pool_timeout=limits.pool_timeout.total_seconds(),
        pool_recycle=OLDEST_CONNECTION,
        # A connection that broke while it was idle costs nobody an answer. Refreshes keep theirs.
        pool_pre_ping=True,
        connect_args={
            "timeout": limits.connect_timeout.total_seconds(),
            # The server's own limit gives up the locks; ours, a little later, is for a server that
            # does not answer at all.
            "command_timeout": limits.statement_timeout.total_seconds() + 0.5,
            "target_session_attrs": "read-write",
            **(WITHOUT_A_SESSION if _is_pooled(url) else _session_settings(limits)),
        },
    )
    event.listen(engine.sync_engine, "handle_error", _drop_what_is_useless)
    return engine


WITHOUT_A_SESSION: dict[str, Any] = {
    "statement_cache_size": 0,
    "prepared_statement_name_func": str,
}
"""Behind a pooler the next statement may meet another server: none is kept there, and none named,
and what a connection sets when it opens is refused (the role can carry a statement_timeout)."""


def _is_pooled(url: URL) -> bool:
    """Whether the URL says so, in the words of SQLAlchemy."""
    return url.query.get("prepared_statement_cache_size") == "0"


def _session_settings(limits: Limits) -> dict[str, Any]:
    milliseconds = round(limits.statement_timeout.total_seconds() * 1000)
    settings = {"application_name": "remint", "statement_timeout": str(milliseconds)}
    return {"server_settings": settings}


def _drop_what_is_useless(context: ExceptionContext) -> None:
    """Connect anew after a time-out, and everywhere after a server turned out to be read-only."""
    if isinstance(context.original_exception, TimeoutError):
        context.is_disconnect = True
        context.invalidate_pool_on_disconnect = False
        _terminate(context)
    elif _is_read_only(context.original_exception):
        context.is_disconnect = True


def _is_read_only(error: BaseException) -> bool:
    """Whether a server refused to write, or one that writes was looked for in vain."""
    refused = getattr(error, "sqlstate", None) == READ_ONLY
    return refused or isinstance(error.__cause__, asyncpg.TargetServerAttributeNotMatched)


def _terminate(context: ExceptionContext) -> None:
    """Break the connection off, for a farewell would have to be waited for as well."""
    if context.connection is not None and not context.connection.invalidated:
        driver_connection: Any = context.connection.connection.driver_connection
        driver_connection.terminate()
