"""Owns when the open connections to a server are replaced: once one of them is useless."""

from collections.abc import MutableMapping
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DisconnectionError

Info = MutableMapping[Any, Any]
"""SQLAlchemy's notes on one connection, which the connection keeps until it is closed."""
OPENED_AFTER = "retirements"


class Retirement:
    """Replaces all connections of a pool when one of them is lost, or its server is read-only.

    The others have probably the same fate, and a server that became a standby still answers reads,
    with outdated data. The pool replaces a retired connection when it is checked out.
    """

    def __init__(self, engine: Engine) -> None:
        self._retirements = 0
        event.listen(engine, "connect", self._note_opening)
        event.listen(engine, "checkout", self._refuse_retired)
        event.listen(engine, "handle_error", self._retire_after)

    def has_retired(self, info: Info) -> bool:
        """Whether a connection was opened before the last retirement."""
        return info.get(OPENED_AFTER) != self._retirements

    def retire(self, info: Info) -> None:
        """Retire all connections, unless the useless one is of an earlier retirement."""
        if not self.has_retired(info):
            self._retirements += 1

    def _note_opening(self, _connection: object, record: Any) -> None:
        record.info[OPENED_AFTER] = self._retirements

    def _refuse_retired(self, _connection: object, record: Any, _proxy: object) -> None:
        if self.has_retired(record.info):
            raise DisconnectionError("This connection was opened before the last retirement.")

    def _retire_after(self, context: ExceptionContext) -> None:
        if not (context.is_disconnect and context.invalidate_pool_on_disconnect):
            return
        connection = context.connection
        if connection is None or connection.invalidated:
            self._retirements += 1
        else:
            self.retire(connection.info)
