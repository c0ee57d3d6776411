"""Stores sessions whose owners are gone, disabled or in another epoch: no log-in opens such."""

from dataclasses import replace

from domain.ports.sessions import Sessions
from domain.ports.users import Users
from domain.sessions import Session
from tests.support.fakes.builders import NO_LIMIT, NOON, a_user


async def store_sessions(users: Users, sessions: Sessions, *those: Session) -> list[Session]:
    """Open each session at a moment at which its owner could log in; the owner stays as it was."""
    for session in those:
        await _store(users, sessions, session)
    return list(those)


async def _store(users: Users, sessions: Sessions, session: Session) -> None:
    if await sessions.open(session, NO_LIMIT) is not None:
        return
    owner = await users.with_id(session.user_id)
    epoch = session.credentials_epoch
    if owner is None:
        name = f"owner of {session.id}"
        await users.add(a_user(name, id=session.user_id, credentials_epoch=epoch))
    else:
        able = replace(owner, credentials_epoch=epoch, disabled_at=None)
        assert await users.replace(replace(able, version=owner.version + 1))
    assert await sessions.open(session, NO_LIMIT) == []
    if owner is None:
        await users.delete(session.user_id, NOON)
    else:
        assert await users.replace(replace(owner, version=owner.version + 2))
