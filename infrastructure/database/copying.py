"""Copies everything from one database to another, of either kind."""

from datetime import timedelta

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from infrastructure.database import schema
from infrastructure.database.database import Database
from infrastructure.database.tables import metadata

TOGETHER = 1000
"""Rows under way at a time: enough to be fast, and few enough for any memory."""
LONGEST_COPY = timedelta(hours=12)


class CopyRefused(Exception):
    """Nothing was copied; the text says why."""


async def copy_all(source: Database, target: Database) -> dict[str, int]:
    """Copy every row in one transaction on either side; answer how many of each table.

    The source is as it was at one moment; on SQLite nobody else writes to it meanwhile. The target
    gets its schema first and then everything, or nothing.

    Raises:
        CopyRefused: the source has another schema than this program, or the target is not empty.
        Unavailable: one of them cannot answer now.
    """
    if (await schema.status(source)).current != schema.head():
        raise CopyRefused("The database to copy from has another schema than this version.")
    await schema.upgrade(target)
    patient_source, patient_target = source.patient(LONGEST_COPY), target.patient(LONGEST_COPY)
    try:
        async with patient_source.snapshot() as here, patient_target.transaction() as there:
            await _refuse_unless_empty(there)
            return {name: await _copy(name, here, there) for name in metadata.tables}
    finally:
        await patient_source.dispose()
        await patient_target.dispose()


async def _refuse_unless_empty(there: AsyncConnection) -> None:
    for name, table in metadata.tables.items():
        if (await there.execute(select(func.count()).select_from(table))).scalar():
            raise CopyRefused(f"The database to copy to is not empty: it has {name}.")


async def _copy(name: str, here: AsyncConnection, there: AsyncConnection) -> int:
    table, copied = metadata.tables[name], 0
    async with here.stream(select(table)) as rows:
        async for some in rows.partitions(TOGETHER):
            values = [dict(zip(table.c.keys(), row, strict=True)) for row in some]
            await there.execute(insert(table), values)
            copied += len(some)
    return copied
