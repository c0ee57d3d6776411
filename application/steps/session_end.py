"""Ends a session, and records the actor in the audit trail."""

from datetime import datetime

from application.steps.client_check import foreign
from domain.actors import PRESENTER, Actor
from domain.causes import EndCause
from domain.events import SessionEnded
from domain.ports.audit import AuditTrail
from domain.ports.sessions import Sessions
from domain.sessions import OwnedSession, PresentingClient


async def end_session(
    sessions: Sessions, audit: AuditTrail, found: OwnedSession, *, by: Actor, at: datetime
) -> None:
    """End the session; ending a session that has ended already changes nothing."""
    session_id = found.session.id
    if await sessions.end(session_id, EndCause.REVOKED, at):
        audit(SessionEnded.by(by, found.subject, session_id, EndCause.REVOKED, at=at))


async def end_presented(
    sessions: Sessions,
    audit: AuditTrail,
    found: OwnedSession,
    client: PresentingClient | None,
    *,
    at: datetime,
) -> None:
    """End the session of a token that its own client presents.

    Raises:
        InvalidClient: the client did not prove itself; ForeignToken if it is another one.
    """
    if not found.is_presented_by(client):
        raise foreign(found, client)
    await end_session(sessions, audit, found, by=PRESENTER, at=at)
