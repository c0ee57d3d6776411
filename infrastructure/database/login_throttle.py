"""Failed log-ins, counted for all instances; names and addresses are stored as digests."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Executable, bindparam, case, delete, update

from domain.login_throttle import LoginAttempts
from infrastructure.database.database import Database
from infrastructure.database.purging import purge_of
from infrastructure.database.tables import login_attempts

_count, _ends = login_attempts.c.count, login_attempts.c.window_ends_at


def _count_one_more(insert: Any) -> Executable:
    """One statement, so that each of several parallel callers sees another count."""
    is_over = _ends <= bindparam("at", type_=_ends.type)
    first = insert(login_attempts).values(
        key=bindparam("key"), count=1, window_ends_at=bindparam("new_end")
    )
    counted: Executable = first.on_conflict_do_update(
        index_elements=[login_attempts.c.key],
        set_={
            "count": case((is_over, 1), else_=_count + 1),
            "window_ends_at": case((is_over, first.excluded.window_ends_at), else_=_ends),
        },
    ).returning(_count, _ends)
    return counted


_UNDER_KEY = login_attempts.c.key == bindparam("of")
DISCOUNT = update(login_attempts).where(_UNDER_KEY, _count > 0).values(count=_count - 1)
FORGET = delete(login_attempts).where(_UNDER_KEY)
PURGE = purge_of(login_attempts.c.key, _ends)


class SqlLoginThrottle:
    """The port LoginThrottle, in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._count = _count_one_more(database.kind.insert)

    async def count(self, key: str, at: datetime, window: timedelta) -> LoginAttempts:
        """One INSERT, which becomes an UPDATE if the key is stored."""
        values = {"key": _digest(key), "at": at, "new_end": at + window}
        row = await self._database.row(self._count, values, operation="login_throttle.count")
        assert row is not None
        return LoginAttempts(*row)

    async def discount(self, key: str) -> None:
        """One UPDATE."""
        values = {"of": _digest(key)}
        await self._database.affected(DISCOUNT, values, operation="login_throttle.discount")

    async def forget(self, key: str) -> None:
        """One DELETE."""
        values = {"of": _digest(key)}
        await self._database.affected(FORGET, values, operation="login_throttle.forget")

    async def purge(self, over_before: datetime, at_most: int) -> int:
        """One DELETE, along the index of window ends."""
        values = {"over_before": over_before, "at_most": at_most}
        return await self._database.affected(PURGE, values, operation="login_throttle.purge")


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
