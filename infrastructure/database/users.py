"""Users one at a time: added, found, replaced as a whole, deleted."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from domain.claims import NONE
from domain.errors import SubjectTaken, UsernameTaken
from domain.users import User
from infrastructure.database.database import Database
from infrastructure.database.scripts import Script
from infrastructure.database.tables import sessions, users

FIELDS = [field.name for field in fields(User)]

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
DELETE = delete(users).where(users.c.id == bindparam("id"))


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
        """One conditional UPDATE and a row count; a transaction if a session is kept."""
        seen = {"user_id": user.id, "seen_version": user.version - 1}
        changed = {name: value for name, value in _row(user).items() if name != "id"}
        try:
            return await self._replace(user, seen, changed, keeping)
        except IntegrityError:
            raise await self._taken(user) from None

    async def _taken(self, user: User) -> UsernameTaken | SubjectTaken:
        """Which of the two unique texts of the user is another user's."""
        other = await self.with_subject(user.subject)
        return UsernameTaken() if other is None or other.id == user.id else SubjectTaken()

    async def _replace(
        self, user: User, seen: dict[str, Any], changed: dict[str, Any], keeping: UUID | None
    ) -> bool:
        if keeping is None:
            values = seen | changed
            return await self._database.affected(REPLACE, values, operation="users.replace") == 1
        async with self._database.transaction("users.replace") as connection:
            epoch_before = (await connection.execute(SEEN, seen)).scalar()
            if epoch_before is None:
                return False
            await connection.execute(REPLACE, seen | changed)
            await connection.execute(KEEP, _kept(keeping, user, epoch_before))
        return True

    async def delete(self, user_id: UUID) -> bool:
        """One DELETE and a row count."""
        return await self._database.affected(DELETE, {"id": user_id}, operation="users.delete") == 1


def _adding(user: User) -> Script[None]:
    yield ADD, _row(user)


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
        }
    )


def _id_of(subject: str) -> UUID | None:
    """The id whose text `subject` is; an id has one spelling."""
    try:
        user_id = UUID(subject)
    except ValueError:
        return None
    return user_id if str(user_id) == subject else None


def _kept(session_id: UUID, user: User, epoch_before: int) -> dict[str, Any]:
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
    }
