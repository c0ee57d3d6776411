"""Owns how a session with its owner is selected and read back."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, or_, select

from domain.claims import NONE
from domain.sessions import LiveAt, Origin, OwnedSession, Owner, Session, SessionClient
from infrastructure.database.columns import MOMENT, Earlier
from infrastructure.database.tables import clients, sessions, users

OWN = [field.name for field in fields(Session) if field.name != "origin"]
"""The columns that are a session's own fields, in the order in which a Session takes them."""

OWNED: Select[Any] = select(
    *(sessions.c[name] for name in OWN),
    sessions.c.device,
    sessions.c.address,
    users.c.roles,
    users.c.credentials_epoch.label("users_epoch"),
    users.c.disabled_at.is_not(None).label("is_disabled"),
    users.c.subject,
    users.c.claims,
    users.c.revoked_at,
    users.c.epoch_ends,
    clients.c.epoch,
    clients.c.secret_digest.is_(None).label("is_public"),
    clients.c.disabled_at.is_not(None).label("is_client_disabled"),
    clients.c.idle,
).select_from(
    sessions.outerjoin(users, users.c.id == sessions.c.user_id).outerjoin(
        clients, clients.c.id == sessions.c.client_id
    )
)
"""A session with its owner and its client, NULL where they were deleted."""

CLIENT_IS_UNCHANGED = or_(
    sessions.c.client_id.is_(None),
    and_(clients.c.disabled_at.is_(None), clients.c.epoch == sessions.c.client_epoch),
)
"""The session's client is there, enabled, and in the session's epoch."""
_USED_SINCE = case(
    (clients.c.idle.is_(None), bindparam("used_since", type_=MOMENT)),
    else_=Earlier(bindparam("live_at", type_=MOMENT), clients.c.idle),
)

LIVE = and_(
    sessions.c.ended_at.is_(None),
    sessions.c.expires_at > bindparam("live_at"),
    sessions.c.last_used_at >= _USED_SINCE,
    users.c.disabled_at.is_(None),
    users.c.credentials_epoch == sessions.c.credentials_epoch,
    CLIENT_IS_UNCHANGED,
)
"""OwnedSession.why_over is None, for many rows at once; a property test compares the two."""


def live_values(live: LiveAt) -> dict[str, Any]:
    """The values that LIVE asks for."""
    return {"live_at": live.now, "used_since": live.now - live.idle}


def owned_session(row: Sequence[Any]) -> OwnedSession:
    """The session, owner and client of a row of OWNED."""
    own: list[Any]
    (
        *own,
        device,
        address,
        roles,
        epoch,
        is_disabled,
        subject,
        claims,
        revoked_at,
        epoch_ends,
        client_epoch,
        is_public,
        is_client_disabled,
        idle,
    ) = row
    own.append(Origin(device, address))
    session = Session(*own)
    client = owner = None
    if client_epoch is not None:
        client = SessionClient(client_epoch, bool(is_public), bool(is_client_disabled), idle)
    if roles is not None:
        subject = subject or str(session.user_id)
        owner = Owner(
            subject, roles, epoch, bool(is_disabled), claims or NONE, revoked_at, epoch_ends or ()
        )
    return OwnedSession(session, owner, client)


def session_row(session: Session) -> dict[str, Any]:
    """The column values that store a session."""
    own = {name: getattr(session, name) for name in OWN}
    return {**own, "device": session.origin.device, "address": session.origin.address}
