"""Owns how a session with its owner is selected and read back."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Select, and_, bindparam, select

from domain.sessions import LiveAt, Origin, OwnedSession, Owner, Session
from infrastructure.database.tables import sessions, users

OWN = [field.name for field in fields(Session) if field.name != "origin"]
"""The columns that are a session's own fields, in the order in which a Session takes them."""

OWNED: Select[Any] = select(
    *(sessions.c[name] for name in OWN),
    sessions.c.device,
    sessions.c.address,
    users.c.roles,
    users.c.credentials_epoch.label("users_epoch"),
    users.c.disabled_at.is_not(None).label("is_disabled"),
).select_from(sessions.outerjoin(users, users.c.id == sessions.c.user_id))
"""A session with its owner, NULL where the user was deleted."""

LIVE = and_(
    sessions.c.ended_at.is_(None),
    sessions.c.expires_at > bindparam("live_at"),
    sessions.c.last_used_at >= bindparam("used_since"),
    users.c.disabled_at.is_(None),
    users.c.credentials_epoch == sessions.c.credentials_epoch,
)
"""OwnedSession.why_over is None, for many rows at once; a property test compares the two."""


def live_values(live: LiveAt) -> dict[str, Any]:
    """The values that LIVE asks for."""
    return {"live_at": live.now, "used_since": live.now - live.idle}


def owned_session(row: Sequence[Any]) -> OwnedSession:
    """The session and owner of a row of OWNED."""
    *own, device, address, roles, epoch, is_disabled = row
    owner = None if roles is None else Owner(roles, epoch, bool(is_disabled))
    values: list[Any] = [*own, Origin(device, address)]
    return OwnedSession(Session(*values), owner)


def session_row(session: Session) -> dict[str, Any]:
    """The column values that store a session."""
    own = {name: getattr(session, name) for name in OWN}
    return {**own, "device": session.origin.device, "address": session.origin.address}
