"""Signing keys, shared by all instances; their private keys arrive encrypted."""

from dataclasses import fields
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from domain.causes import RevocationCause
from domain.revocations import Named, Revocation
from domain.signing_keys import SigningKey
from infrastructure.database.database import Database
from infrastructure.database.revocation_rows import TELL, revocation_row
from infrastructure.database.scripts import Script
from infrastructure.database.tables import signing_keys

FIELDS = [field.name for field in fields(SigningKey)]

ALL = select(*(signing_keys.c[name] for name in FIELDS)).order_by(signing_keys.c.sequence)
ADD = insert(signing_keys)
REPLACE = (
    update(signing_keys)
    .where(
        signing_keys.c.id == bindparam("key_id"),
        signing_keys.c.encrypted_private_key.is_not_distinct_from(bindparam("seen")),
    )
    .values(encrypted_private_key=bindparam("reencrypted"))
)
REMOVE = (
    delete(signing_keys).where(signing_keys.c.id == bindparam("id")).returning(signing_keys.c.id)
)


class SqlSigningKeys:
    """The port SigningKeys, in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[SigningKey]:
        """One SELECT; there are only ever a few."""
        rows = await self._database.rows(ALL, operation="signing_keys.all")
        return [SigningKey(*row) for row in rows]

    async def add(self, key: SigningKey) -> bool:
        """One INSERT; the unique index of sequence numbers decides which of several was first."""
        try:
            values = {name: getattr(key, name) for name in FIELDS}
            await self._database.affected(ADD, values, operation="signing_keys.add")
        except IntegrityError:
            return False
        return True

    async def replace(self, key: SigningKey, reencrypted: SigningKey) -> bool:
        """One conditional UPDATE and a row count."""
        values = {
            "key_id": key.id,
            "seen": key.encrypted_private_key,
            "reencrypted": reencrypted.encrypted_private_key,
        }
        return await self._database.affected(REPLACE, values, operation="signing_keys.replace") == 1

    async def remove(self, key_id: str, *, revoked_at: datetime | None = None) -> bool:
        """One transaction with a DELETE."""
        return await self._database.transact(
            lambda: _removing(key_id, revoked_at), operation="signing_keys.remove"
        )


def _removing(key_id: str, revoked_at: datetime | None) -> Script[bool]:
    if not (yield REMOVE, {"id": key_id}):
        return False
    if revoked_at is not None:
        removed = Revocation(Named.KEY, key_id, RevocationCause.KEY_REMOVED, revoked_at)
        yield TELL, revocation_row(removed)
    return True
