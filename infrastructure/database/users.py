"""Users one at a time: added, found, replaced as a whole, deleted."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from domain.causes import RevocationCause
from domain.claims import NONE
from domain.errors import SubjectTaken, UsernameTaken
from domain.revocations import Named, Revocation, time_of_change
from domain.users import User
from infrastructure.database.database import Database
from infrastructure.database.revocation_rows import TELL, revocation_row
from infrastructure.database.scripts import Script
from infrastructure.database.tables import sessions, users

FIELDS = [field.name for field in fields(User) if field.name != "revocation"]

USER = select(*(users.c[name] for name in FIELDS))
NAMED = USER.where(users.c.name == bindparam("name"))
WITH_ID = USER.where(users.c.id == bindparam("id"))
WITH_SUBJECT = USER.where(users.c.subject == bindparam("subject"))
WITHOUT_SUBJECT = WITH_ID.where(users.c.subject.is_(None))

ADD = insert(users)
REPLACE = (
    update(users)
    .where(users.c.id == bindparam("user_id"), users.c.version == bindparam("seen_version"))
    .values({name: bindparam(name) for name in FIELDS if name != "id"})
    .returning(users.c.id)
)
SEEN = (
    select(users.c.credentials_epoch)
    .where(users.c.id == bindparam("user_id"), users.c.version == bindparam("seen_version"))
    .with_for_update(key_share=True)
)
KEEP = (
    update(sessions)
    .where(
        sessions.c.id == bindparam("session_id"),
        sessions.c.user_id == bindparam("owner_id"),
        sessions.c.credentials_epoch == bindparam("epoch_before"),
    )
    .values(credentials_epoch=bindparam("epoch"))
)
DELETE = (
    delete(users)
    .where(users.c.id == bindparam("id"))
    .returning(users.c.subject, users.c.revoked_at)
)


class SqlUsers:
    """The port Users, in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, user: User) -> None:
        """One INSERT; the unique indexes decide which of several was first."""
        try:
            await self._database.transact(lambda: _adding(user), operation="users.add")
        except IntegrityError:
            raise await self._taken(user) from None

    async def named(self, name: str) -> User | None:
        """One SELECT."""
        return _user(await self._database.look_up(NAMED, {"name": name}, operation="users.named"))

    async def with_id(self, user_id: UUID) -> User | None:
        """One SELECT."""
        return _user(
            await self._database.look_up(WITH_ID, {"id": user_id}, operation="users.with_id")
        )

    async def with_subject(self, subject: str) -> User | None:
        """One SELECT, or two if the subject is an id."""
        found = await self._database.look_up(
            WITH_SUBJECT, {"subject": subject}, operation="users.with_subject"
        )
        user_id = _id_of(subject) if found is None else None
        if user_id is not None:
            found = await self._database.look_up(
                WITHOUT_SUBJECT, {"id": user_id}, operation="users.with_subject"
            )
        return _user(found)

    async def replace(self, user: User, *, keeping: UUID | None = None) -> bool:
        """One transaction with a conditional UPDATE."""
        try:
            return await self._database.transact(
                lambda: _replacing(user, keeping), operation="users.replace"
            )
        except IntegrityError:
            raise await self._taken(user) from None

    async def _taken(self, user: User) -> UsernameTaken | SubjectTaken:
        """Which of the two unique texts of the user is another user's."""
        other = await self.with_subject(user.subject)
        return UsernameTaken() if other is None or other.id == user.id else SubjectTaken()

    async def delete(self, user_id: UUID, at: datetime) -> bool:
        """One transaction with a DELETE."""
        return await self._database.transact(
            lambda: _deleting(user_id, at), operation="users.delete"
        )


def _adding(user: User) -> Script[None]:
    yield ADD, _row(user)


def _replacing(user: User, keeping: UUID | None) -> Script[bool]:
    seen = {"user_id": user.id, "seen_version": user.version - 1}
    epoch_before = None
    if keeping is not None:
        epochs = yield SEEN, seen
        if not epochs:
            return False
        [(epoch_before,)] = epochs
    changed = {name: value for name, value in _row(user).items() if name != "id"}
    if not (yield REPLACE, seen | changed):
        return False
    if keeping is not None:
        yield KEEP, _kept(keeping, user, epoch_before)
    if user.revocation is not None:
        yield TELL, revocation_row(user.revocation)
    return True


def _deleting(user_id: UUID, at: datetime) -> Script[bool]:
    deleted = yield DELETE, {"id": user_id}
    for subject, revoked_at in deleted:
        deleted_at = time_of_change(at, revoked_at)
        named = subject or str(user_id)
        gone = Revocation(Named.SUBJECT, named, RevocationCause.USER_GONE, deleted_at)
        yield TELL, revocation_row(gone)
    return bool(deleted)


def _user(row: Sequence[Any] | None) -> User | None:
    return None if row is None else user_of(row)


def user_of(row: Sequence[Any]) -> User:
    """The user of a row of USER."""
    values = dict(zip(FIELDS, row, strict=True))
    return User(
        **values
        | {
            "subject": values["subject"] or str(values["id"]),
            "claims": values["claims"] or NONE,
            "epoch_ends": values["epoch_ends"] or (),
        }
    )


def _id_of(subject: str) -> UUID | None:
    """The id whose text `subject` is; an id has one spelling."""
    try:
        user_id = UUID(subject)
    except ValueError:
        return None
    return user_id if str(user_id) == subject else None


def _kept(session_id: UUID, user: User, epoch_before: int | None) -> dict[str, Any]:
    return {
        "session_id": session_id,
        "owner_id": user.id,
        "epoch_before": epoch_before,
        "epoch": user.credentials_epoch,
    }


def _row(user: User) -> dict[str, Any]:
    values = {name: getattr(user, name) for name in FIELDS}
    has_own_subject = user.subject != str(user.id)
    return values | {
        "subject": user.subject if has_own_subject else None,
        "claims": user.claims or None,
        "epoch_ends": user.epoch_ends or None,
    }
