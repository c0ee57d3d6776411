"""Trusted issuers: added, found, replaced, deleted, listed."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from domain.errors import TrustedIssuerExists
from domain.key_sources import KeySource
from domain.trusted_issuers import IssuerTerms, TrustedIssuer
from infrastructure.database.database import Database
from infrastructure.database.tables import trusted_issuers

COLUMNS = [column.name for column in trusted_issuers.c]
KEYS = [field.name for field in fields(KeySource)]
TERMS = [field.name for field in fields(IssuerTerms) if field.name != "keys"]

ISSUER = select(trusted_issuers)
WITH_ID = ISSUER.where(trusted_issuers.c.id == bindparam("id"))
ALL = ISSUER.order_by(trusted_issuers.c.id)
ADD = insert(trusted_issuers)
REPLACE = (
    update(trusted_issuers)
    .where(trusted_issuers.c.id == bindparam("issuer_id"))
    .values({name: bindparam(name) for name in COLUMNS if name != "id"})
)
DELETE = delete(trusted_issuers).where(trusted_issuers.c.id == bindparam("id"))


class SqlTrustedIssuers:
    """The port TrustedIssuers, in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, issuer: TrustedIssuer) -> None:
        """One INSERT; the primary key decides which of several was first."""
        try:
            await self._database.affected(ADD, _row(issuer), operation="trusted_issuers.add")
        except IntegrityError:
            raise TrustedIssuerExists from None

    async def with_id(self, issuer_id: str) -> TrustedIssuer | None:
        """One SELECT."""
        values = {"id": issuer_id}
        row = await self._database.look_up(WITH_ID, values, operation="trusted_issuers.with_id")
        return None if row is None else _issuer(row)

    async def all(self) -> list[TrustedIssuer]:
        """One SELECT; there are few."""
        rows = await self._database.rows(ALL, operation="trusted_issuers.all")
        return [_issuer(row) for row in rows]

    async def replace(self, issuer: TrustedIssuer) -> bool:
        """One UPDATE and a row count."""
        row = _row(issuer)
        values = {"issuer_id": row.pop("id"), **row}
        operation = "trusted_issuers.replace"
        return await self._database.affected(REPLACE, values, operation=operation) == 1

    async def delete(self, issuer_id: str) -> bool:
        """One DELETE and a row count."""
        operation = "trusted_issuers.delete"
        return await self._database.affected(DELETE, {"id": issuer_id}, operation=operation) == 1


def _issuer(row: Sequence[Any]) -> TrustedIssuer:
    values = dict(zip(COLUMNS, row, strict=True))
    keys = KeySource(**{name: values[name] for name in KEYS})
    terms = IssuerTerms(keys=keys, **{name: values[name] for name in TERMS})
    return TrustedIssuer(values["id"], terms, values["created_at"])


def _row(issuer: TrustedIssuer) -> dict[str, Any]:
    terms = issuer.terms
    return {
        "id": issuer.id,
        **asdict(terms.keys),
        **{name: getattr(terms, name) for name in TERMS},
        "created_at": issuer.created_at,
    }
