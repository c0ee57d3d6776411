"""Owns how rows that are over are deleted: some at a time, and past those that others hold."""

from sqlalchemy import Column, Delete, bindparam, delete, select


def purge_of(key: Column[bytes], over_at: Column[object]) -> Delete:
    """Deletes up to `at_most` rows of the key's table that were over at `over_before`."""
    return delete(key.table).where(
        key.in_(
            select(key)
            .where(over_at <= bindparam("over_before"))
            .limit(bindparam("at_most"))
            .with_for_update(skip_locked=True)
        )
    )
