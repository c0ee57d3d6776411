"""Owns everything special about Postgres: finding the writable server, time limits, privileges."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import URL, Executable, Select, TextClause, event, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement

from infrastructure.database.held_connections import PooledConnection
from infrastructure.database.limits import Limits
from infrastructure.database.outages import is_read_only
from infrastructure.database.retirement import Retirement
from infrastructure.database.session_statements import PostgresStatements
from infrastructure.database.tables import metadata

OLDEST_CONNECTION = 1800
"""Seconds after which a connection is replaced, so that changed addresses are noticed."""
TCP_TIMEOUT = timedelta(seconds=30)
"""The time after which the server ends a connection whose other end acknowledges nothing."""
MIGRATION_LOCK = text("SELECT pg_advisory_xact_lock(7310859220913001)")
"""The number is Remint's own and has no other meaning."""
NEEDED = ("SELECT", "INSERT", "UPDATE", "DELETE")
CLOCK = text("SELECT clock_timestamp()")
HAS_PRIVILEGE = text("SELECT has_table_privilege(current_user, :table, :privilege)")
CAN_CREATE = text("SELECT has_schema_privilege(current_user, current_schema(), 'CREATE')")
WITHOUT_A_SESSION: dict[str, Any] = {
    "statement_cache_size": 0,
    "prepared_statement_name_func": str,
}
"""With PgBouncer the next statement can reach another server connection. Therefore no prepared
statement is kept or named, and nothing is set on opening, which PgBouncer refuses (the role can
have a statement_timeout)."""


class Postgres:
    """The DatabaseKind of one server, of several with one writable among them, or of PgBouncer."""

    migration_lock: TextClause | None = MIGRATION_LOCK
    insert = staticmethod(postgresql.insert)

    def __init__(self, url: URL, limits: Limits) -> None:
        self._has_pgbouncer = _has_pgbouncer(url)
        self.engine = create_async_engine(
            url,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            pool_size=limits.pool_size,
            max_overflow=0,
            pool_timeout=limits.pool_timeout.total_seconds(),
            pool_recycle=OLDEST_CONNECTION,
            # A connection that broke while idle costs no request its answer. Refreshes need no
            # ping, because their connections are held.
            pool_pre_ping=True,
            connect_args={
                "timeout": limits.connect_timeout.total_seconds(),
                # The server's own limit releases locks. The driver's, a little later, is for a
                # server that does not answer at all.
                "command_timeout": limits.statement_timeout.total_seconds() + 0.5,
                "target_session_attrs": "read-write",
                **(WITHOUT_A_SESSION if self._has_pgbouncer else _session_settings(limits)),
            },
        )
        # The same pool; only the transactions are different.
        self.transactions = self.engine.execution_options(isolation_level="READ COMMITTED")
        event.listen(self.engine.sync_engine, "handle_error", _mark_useless)
        self._retirement = Retirement(self.engine.sync_engine)
        self._held: list[PooledConnection] = []

    def session_statements(self) -> PostgresStatements:
        """See DatabaseKind."""
        return PostgresStatements(
            finding=self._hold(), advancing=self._hold(), is_always_cautious=self._has_pgbouncer
        )

    def _hold(self) -> PooledConnection:
        held = PooledConnection(self.engine, self._retirement)
        self._held.append(held)
        return held

    async def upkeep(self) -> None:
        """See DatabaseKind: Postgres does its own."""

    async def dispose(self) -> None:
        """See DatabaseKind."""
        for connection in self._held:
            await connection.close()
        await self.engine.dispose()

    async def estimate(
        self, connection: AsyncConnection, selection: Select[Any], values: Mapping[str, object]
    ) -> int | None:
        """See DatabaseKind: the planner's estimate."""
        plan = (await connection.execute(Explain(selection), values)).scalar_one()
        return int(plan[0]["Plan"]["Plan Rows"])

    async def clock(self, connection: AsyncConnection) -> datetime | None:
        """See DatabaseKind."""
        now: datetime = (await connection.execute(CLOCK)).scalar_one()
        return now

    async def prove_writable(self, connection: AsyncConnection) -> None:
        """See DatabaseKind."""

    async def missing_privileges(self, connection: AsyncConnection) -> list[str]:
        """See DatabaseKind."""
        return [
            f"{privilege} on {table}"
            for table in metadata.tables
            for privilege in NEEDED
            if not await connection.scalar(HAS_PRIVILEGE, {"table": table, "privilege": privilege})
        ]

    async def can_change_schema(self, connection: AsyncConnection) -> bool:
        """See DatabaseKind."""
        return bool(await connection.scalar(CAN_CREATE))


class Explain(Executable, ClauseElement):
    """EXPLAIN of a statement, which does not run that statement."""

    inherit_cache = False

    def __init__(self, statement: Select[Any]) -> None:
        self.statement = statement


@compiles(Explain)
def _compile_explain(explain: Explain, compiler: SQLCompiler, **options: Any) -> str:
    return f"EXPLAIN (FORMAT JSON) {compiler.process(explain.statement, **options)}"


def _has_pgbouncer(url: URL) -> bool:
    """Whether the URL says so, by the option that SQLAlchemy documents for PgBouncer."""
    return url.query.get("prepared_statement_cache_size") == "0"


def _session_settings(limits: Limits) -> dict[str, Any]:
    statement = limits.statement_timeout
    lock = min(limits.lock_timeout, statement / 2)
    return {
        "server_settings": {
            "application_name": "remint",
            "statement_timeout": _milliseconds(statement),
            "lock_timeout": _milliseconds(lock),
            # An instance that vanishes in the middle of a transaction keeps no row locked.
            "idle_in_transaction_session_timeout": _milliseconds(statement),
            # The server notices within half a minute that an instance's machine is gone.
            "tcp_keepalives_idle": "10",
            "tcp_keepalives_interval": "5",
            "tcp_keepalives_count": "4",
            "tcp_user_timeout": _milliseconds(TCP_TIMEOUT),
        }
    }


def _milliseconds(time: timedelta) -> str:
    return str(max(1, round(time.total_seconds() * 1000)))


def _mark_useless(context: ExceptionContext) -> None:
    """Drop the connection after a time-out, and every connection after a write was refused."""
    if isinstance(context.original_exception, TimeoutError):
        context.is_disconnect = True
        context.invalidate_pool_on_disconnect = False
        _terminate(context)
    elif is_read_only(context.original_exception):
        context.is_disconnect = True


def _terminate(context: ExceptionContext) -> None:
    """Terminate the connection, because a server that is gone delays a graceful close."""
    if context.connection is not None and not context.connection.invalidated:
        driver_connection: Any = context.connection.connection.driver_connection
        driver_connection.terminate()
