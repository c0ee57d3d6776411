"""Owns copying all rows from one database to another."""

from datetime import timedelta

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from infrastructure.database import schema
from infrastructure.database.database import Database
from infrastructure.database.tables import metadata, revocations

BATCH = 1000
"""Rows in one statement: enough for speed, and few enough for any memory."""
NUMBERED = (revocations.c.id, revocations.c.mark)
"""Columns that every database fills by itself."""
LONGEST_COPY = timedelta(hours=12)


class CopyRefused(Exception):
    """Nothing was copied; the message says why."""


async def copy_all(source: Database, target: Database) -> dict[str, int]:
    """Copy every row; how many rows of each table were copied.

    The source is read in one transaction, so that all rows are of the same moment; on SQLite that
    transaction keeps others from writing. The target gets the schema first, and then all rows in
    one transaction.

    Raises:
        CopyRefused: the source has another schema than this version, or the target is not empty.
        Unavailable: one of the databases cannot answer now.
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
    columns = [column for column in table.c if column not in NUMBERED]
    async with here.stream(select(*columns)) as rows:
        async for some in rows.partitions(BATCH):
            values = [
                {column.key: value for column, value in zip(columns, row, strict=True)}
                for row in some
            ]
            await there.execute(insert(table), values)
            copied += len(some)
    return copied
