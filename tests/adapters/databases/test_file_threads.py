"""The threads of an SQLite file: none of them outlives the database that opened it."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from infrastructure.database.database import Database
from infrastructure.database.limits import Limits
from tests.support.servers.databases import somebody_else_writing, sqlite_url


async def cancelled_while_it_waits(file: Path) -> None:
    database = Database(sqlite_url(file), Limits(statement_timeout=timedelta(seconds=0.3)))
    await database.affected(text("CREATE TABLE t (n int)"))
    with somebody_else_writing(sqlite_url(file)):
        waiting = asyncio.create_task(database.affected(text("INSERT INTO t VALUES (1)")))
        await asyncio.sleep(0.1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await database.dispose()


async def cancelled_while_it_opens(file: Path) -> None:
    database = Database(sqlite_url(file))
    running = threading.active_count()
    opening = asyncio.create_task(database.row(text("SELECT 1")))
    while threading.active_count() == running:  # noqa: ASYNC110 - no event tells it
        await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    await database.dispose()


@pytest.mark.parametrize("cancelled", [cancelled_while_it_waits, cancelled_while_it_opens])
def test_no_thread_outlives_the_database(
    cancelled: Callable[[Path], Coroutine[None, None, None]], tmp_path: Path
) -> None:
    before = set(threading.enumerate())
    asyncio.run(cancelled(tmp_path / "remint.db"))
    assert set(threading.enumerate()) <= before
