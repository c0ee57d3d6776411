"""Owns everything special about Postgres: finding the writable server, time limits, privileges."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import (
    URL,
    BigInteger,
    Column,
    ColumnElement,
    Executable,
    Select,
    TextClause,
    event,
    literal_column,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement

from infrastructure.database.address import Address
from infrastructure.database.address_options import PostgresOptions
from infrastructure.database.kind import MissingPrivileges
from infrastructure.database.limits import Limits
from infrastructure.database.outages import OutagesAsUnavailable, is_read_only
from infrastructure.database.pooled_connection import PooledConnection, PooledConnections
from infrastructure.database.postgres_statements import PostgresStatements
from infrastructure.database.retirement import Retirement
from infrastructure.database.scripts import Begin
from infrastructure.database.statements import Row, Values, for_postgres
from infrastructure.database.tables import metadata, revocations

T = TypeVar("T")

RESERVED = 2
"""Connections that only refreshes use."""
OLDEST_CONNECTION = 1800
"""Seconds after which a connection is replaced, so that changed addresses are noticed."""
TCP_TIMEOUT = timedelta(seconds=30)
"""The time after which the server ends a connection whose other end acknowledges nothing."""
MIGRATION_LOCK = text("SELECT pg_advisory_xact_lock(7310859220913001)")
"""The number is Remint's own and has no other meaning."""
NEEDED = (
    ("SELECT", "alembic_version"),
    *(
        (privilege, table)
        for table in metadata.tables
        for privilege in ("SELECT", "INSERT", "UPDATE", "DELETE")
    ),
)
"""The privileges that serving needs, each with its table."""
CLOCK = text("SELECT clock_timestamp()")
SCHEMA = text("SELECT current_schema()")
"""None if the role can use no schema of its search path."""
MISSING = text(
    "SELECT n.privilege, n.name FROM unnest(CAST(:privileges AS text[]), CAST(:names AS text[])) "
    "WITH ORDINALITY AS n (privilege, name, position) "
    "WHERE NOT has_table_privilege(current_user, to_regclass(n.name), n.privilege) "
    "ORDER BY position"
).bindparams(privileges=[privilege for privilege, _ in NEEDED], names=[name for _, name in NEEDED])
"""Tables that do not exist are left out."""
CAN_CREATE = text("SELECT has_schema_privilege(current_user, current_schema(), 'CREATE')")
ENCODING = text("SELECT current_setting('server_encoding')")
LIMITS_OF_THE_ROLE = {
    "statement_timeout": "5s",
    "lock_timeout": "1s",
    "idle_in_transaction_session_timeout": "5s",
}
"""The time limits that the role needs where a connection cannot set them."""
UNLIMITED = text(
    "SELECT n.name FROM unnest(CAST(:names AS text[])) WITH ORDINALITY AS n (name, position) "
    "WHERE current_setting(n.name) = '0' ORDER BY position"
).bindparams(names=[*LIMITS_OF_THE_ROLE])
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
    # A sequence is not the order of commits: a transaction still in progress can have taken
    # an earlier number. Transactions before the snapshot's xmin are all over.
    commit_mark: Column[int] = revocations.c.mark
    settled_mark: ColumnElement[int] = literal_column(
        "CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)", BigInteger
    )

    def __init__(self, address: Address, limits: Limits) -> None:
        server = address.server
        if server is None:
            raise TypeError("The address is that of a file.")
        self._role = server.role
        self._failures = OutagesAsUnavailable(address)
        self._has_pgbouncer = _has_pgbouncer(server)
        self.engine = create_async_engine(
            URL.create(address.url.drivername),
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
                **server.arguments(),
                "timeout": (address.connect_timeout or limits.connect_timeout).total_seconds(),
                # The server's own limit releases locks. The driver's, a little later, is for a
                # server that does not answer at all.
                "command_timeout": limits.longest_statement.total_seconds() + 0.5,
                "target_session_attrs": "read-write",
                **_session_arguments(server, limits),
            },
        )
        # The same pool; only the transactions are different.
        self.transactions = self.engine.execution_options(isolation_level="READ COMMITTED")
        event.listen(self.engine.sync_engine, "handle_error", _mark_useless)
        self._retirement = Retirement(self.engine.sync_engine)
        self._held: list[PooledConnection] = []
        idle = (limits.pool_size - RESERVED) // 2
        self._many = PooledConnections(self._pooled, most_idle=idle)

    def session_statements(self) -> PostgresStatements:
        """See DatabaseKind."""
        return PostgresStatements(
            finding=self._hold(), advancing=self._hold(), is_always_cautious=self._has_pgbouncer
        )

    async def look_up(self, statement: Select[Any], values: Values) -> Row | None:
        """See DatabaseKind."""
        rows = await self._many.fetch(for_postgres(statement), values)
        return rows[0] if rows else None

    async def transact(self, begin: Begin[T]) -> T:
        """See DatabaseKind."""
        return await self._many.transact(begin)

    def _hold(self) -> PooledConnection:
        held = self._pooled()
        self._held.append(held)
        return held

    def _pooled(self) -> PooledConnection:
        return PooledConnection(self.engine, self._retirement, self._failures)

    async def upkeep(self) -> None:
        """See DatabaseKind: Postgres does its own."""

    async def dispose(self) -> None:
        """See DatabaseKind."""
        for connection in self._held:
            await connection.close()
        await self._many.close()
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

    async def missing_privileges(self, connection: AsyncConnection) -> MissingPrivileges:
        """See DatabaseKind."""
        schema = await connection.scalar(SCHEMA)
        if schema is None:
            return self._missing({"USAGE": ["SCHEMA public"]})
        missing: dict[str, list[str]] = {}
        for privilege, table in (await connection.execute(MISSING)).all():
            missing.setdefault(privilege, []).append(table)
        return self._missing(missing)

    async def can_change_schema(self, connection: AsyncConnection) -> bool:
        """See DatabaseKind."""
        return bool(await connection.scalar(CAN_CREATE))

    async def migration_fault(self, connection: AsyncConnection, *, is_new: bool) -> str | None:
        """See DatabaseKind: the encoding of a new database, and the privilege to create tables."""
        fault = await self.encoding_fault(connection) if is_new else None
        if fault is not None or await self.can_change_schema(connection):
            return fault
        schema = await connection.scalar(SCHEMA)
        needed = "USAGE" if schema is None else "CREATE"
        missing = self._missing({needed: [f"SCHEMA {schema or 'public'}"]})
        return f"The role {self._role} lacks {missing.names[0]}. {missing.remedy}"

    async def encoding_fault(self, connection: AsyncConnection) -> str | None:
        """See DatabaseKind."""
        encoding = await connection.scalar(ENCODING)
        if encoding == "UTF8":
            return None
        return (
            f"The database is in {encoding}, which cannot store every name. Create a database with "
            "ENCODING 'UTF8' TEMPLATE template0, and let database.url name it."
        )

    async def time_limit_fault(self, connection: AsyncConnection) -> str | None:
        """See DatabaseKind: through PgBouncer, the role's own limits hold."""
        names = (await connection.execute(UNLIMITED)).scalars().all()
        if not names:
            return None
        role = _identifier(self._role)
        needed = "; ".join(
            f"ALTER ROLE {role} SET {name} = '{LIMITS_OF_THE_ROLE[name]}'" for name in names
        )
        return (
            f"Through PgBouncer no connection sets time limits, and the role {self._role} has no "
            f"{', '.join(names)}. A lock of an instance that vanished would be held for hours. "
            f"Run in this database, as a superuser: {needed}"
        )

    def _missing(self, missing: Mapping[str, Sequence[str]]) -> MissingPrivileges:
        if not missing:
            return MissingPrivileges()
        names = [f"{name} on {thing}" for name, things in missing.items() for thing in things]
        granted: dict[tuple[str, ...], list[str]] = {}
        for name, things in missing.items():
            granted.setdefault(tuple(things), []).append(name)
        grants = "; ".join(
            f"GRANT {', '.join(names)} ON {', '.join(things)} TO {_identifier(self._role)}"
            for things, names in granted.items()
        )
        return MissingPrivileges(tuple(names), f"Run in this database, as the owner: {grants}")


class Explain(Executable, ClauseElement):
    """EXPLAIN of a statement, which does not run that statement."""

    inherit_cache = False

    def __init__(self, statement: Select[Any]) -> None:
        self.statement = statement


@compiles(Explain)
def _compile_explain(explain: Explain, compiler: SQLCompiler, **options: Any) -> str:
    return f"EXPLAIN (FORMAT JSON) {compiler.process(explain.statement, **options)}"


def _identifier(name: str) -> str:
    """A role's name as SQL writes it."""
    return name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else '"' + name.replace('"', '""') + '"'


def _has_pgbouncer(server: PostgresOptions) -> bool:
    """Whether the URL says so, by the option that SQLAlchemy documents for PgBouncer."""
    return server.texts.get("prepared_statement_cache_size") == "0"


def _session_arguments(server: PostgresOptions, limits: Limits) -> dict[str, Any]:
    """With PgBouncer, a connection sends only the settings that its address has."""
    if _has_pgbouncer(server):
        return {**WITHOUT_A_SESSION, "server_settings": server.session_settings()}
    return {"server_settings": _session_settings(limits) | server.session_settings()}


def _session_settings(limits: Limits) -> dict[str, str]:
    statement = _milliseconds(limits.longest_statement)
    return {
        "application_name": "remint",
        "statement_timeout": statement,
        "lock_timeout": _milliseconds(limits.longest_lock_wait),
        # An instance that vanishes in the middle of a transaction keeps no row locked.
        "idle_in_transaction_session_timeout": statement,
        # The server notices within half a minute that an instance's machine is gone.
        "tcp_keepalives_idle": "10",
        "tcp_keepalives_interval": "5",
        "tcp_keepalives_count": "4",
        "tcp_user_timeout": _milliseconds(TCP_TIMEOUT),
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
