"""Clients: added, found, replaced as a whole, deleted, listed."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from domain.causes import RevocationCause
from domain.clients import Client, ClientTerms, Permission
from domain.errors import ClientIdTaken
from domain.revocations import Named
from infrastructure.database.columns import MOMENT, TextOfId, word
from infrastructure.database.database import Database
from infrastructure.database.revocation_rows import FIELDS
from infrastructure.database.scripts import Script
from infrastructure.database.tables import clients, revocations, sessions

TERMS = [field.name for field in fields(ClientTerms)]

KEYS_ALONE = b""
"""In place of a digest: the column says whether a client is public, and no secret has this one."""
COLUMNS = [column.name for column in clients.c]

CLIENT = select(clients)
WITH_ID = CLIENT.where(clients.c.id == bindparam("id"))
ALL = CLIENT.order_by(clients.c.id)
ADD = insert(clients)
REPLACE = (
    update(clients)
    .where(clients.c.id == bindparam("client_id"), clients.c.version == bindparam("seen_version"))
    .values({column.name: bindparam(column.name) for column in clients.c if column.name != "id"})
    .returning(clients.c.id)
)
DELETE = delete(clients).where(clients.c.id == bindparam("id")).returning(clients.c.id)
TELL_OF_ALL = insert(revocations).from_select(
    FIELDS,
    select(
        literal(Named.SESSION, word(Named)),
        TextOfId(sessions.c.id),
        literal(RevocationCause.CLIENT_DISABLED, word(RevocationCause)),
        bindparam("at", type_=MOMENT),
    ).where(
        sessions.c.client_id == bindparam("of_client"),
        sessions.c.ended_at.is_(None),
        sessions.c.expires_at > bindparam("at", type_=MOMENT),
    ),
)
"""A revocation of each live session of a client."""


class SqlClients:
    """The port Clients, in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, client: Client) -> None:
        """One INSERT; the primary key decides which of several was first."""
        try:
            await self._database.affected(ADD, _row(client), operation="clients.add")
        except IntegrityError:
            raise ClientIdTaken from None

    async def with_id(self, client_id: str) -> Client | None:
        """One SELECT."""
        row = await self._database.look_up(WITH_ID, {"id": client_id}, operation="clients.with_id")
        return None if row is None else _client(row)

    async def all(self) -> list[Client]:
        """One SELECT; there are few."""
        return [_client(row) for row in await self._database.rows(ALL, operation="clients.all")]

    async def replace(self, client: Client) -> bool:
        """One transaction with a conditional UPDATE."""
        return await self._database.transact(
            lambda: _replacing(client), operation="clients.replace"
        )

    async def delete(self, client_id: str, at: datetime) -> bool:
        """One transaction with a DELETE."""
        return await self._database.transact(
            lambda: _deleting(client_id, at), operation="clients.delete"
        )


def _replacing(client: Client) -> Script[bool]:
    seen = {"client_id": client.id, "seen_version": client.version - 1}
    changed = {name: value for name, value in _row(client).items() if name != "id"}
    if not (yield REPLACE, seen | changed):
        return False
    if client.revoked_at is not None:
        yield TELL_OF_ALL, {"of_client": client.id, "at": client.revoked_at}
    return True


def _deleting(client_id: str, at: datetime) -> Script[bool]:
    if not (yield DELETE, {"id": client_id}):
        return False
    yield TELL_OF_ALL, {"of_client": client_id, "at": at}
    return True


def _client(row: Sequence[Any]) -> Client:
    values = dict(zip(COLUMNS, row, strict=True))
    terms = {name: values[name] for name in TERMS}
    digests = (values["secret_digest"], values["older_secret_digest"])
    return Client(
        id=values["id"],
        secret_digests=tuple(bytes(digest) for digest in digests if digest),
        terms=ClientTerms(**terms | {"may": tuple(map(Permission, terms["may"]))}),
        created_at=values["created_at"],
        epoch=values["epoch"],
        disabled_at=values["disabled_at"],
        version=values["version"],
        jwks=values["jwks"],
    )


def _row(client: Client) -> dict[str, Any]:
    newest, older = (*client.secret_digests, None, None)[:2]
    return {
        "id": client.id,
        "secret_digest": KEYS_ALONE if newest is None and client.jwks is not None else newest,
        "older_secret_digest": older,
        **{name: getattr(client.terms, name) for name in TERMS},
        "created_at": client.created_at,
        "epoch": client.epoch,
        "disabled_at": client.disabled_at,
        "version": client.version,
        "jwks": client.jwks,
    }
