"""Finds the user that an operator or a back end names."""

from dataclasses import dataclass

from domain.errors import AmbiguousUser, InvalidUsername, UserNotFound
from domain.ports.users import Users
from domain.users import User, username


@dataclass(frozen=True, slots=True)
class Subject:
    """Names a user by the subject alone, as back ends do."""

    text: str


UserKey = str | Subject
"""Names a user: a plain text is a name or a subject, as operators type it."""


async def find_user(users: Users, key: UserKey) -> User:
    """The user of that subject, or of that name in any spelling.

    Raises:
        UserNotFound: no user has that name or subject.
        AmbiguousUser: the text is the name of one user and the subject of another.
    """
    if isinstance(key, Subject):
        user = await users.with_subject(key.text)
    else:
        user = await _named_or_with_subject(users, key)
    if user is None:
        raise UserNotFound
    return user


async def _named_or_with_subject(users: Users, text: str) -> User | None:
    named, with_subject = await _named(users, text), await users.with_subject(text)
    if named is not None and with_subject is not None and named.id != with_subject.id:
        raise AmbiguousUser
    return named or with_subject


async def _named(users: Users, text: str) -> User | None:
    try:
        return await users.named(username(text))
    except InvalidUsername:
        return None
