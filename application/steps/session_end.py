"""Ends a session, and records the actor in the audit trail."""

from datetime import datetime

from domain.actors import Actor
from domain.causes import EndCause
from domain.events import SessionEnded
from domain.ports.audit import AuditTrail
from domain.ports.sessions import Sessions
from domain.sessions import OwnedSession


async def end_session(
    sessions: Sessions, audit: AuditTrail, found: OwnedSession, *, by: Actor, at: datetime
) -> None:
    """End the session; ending a session that has ended already changes nothing."""
    session_id = found.session.id
    if await sessions.end(session_id, EndCause.REVOKED, at):
        audit(SessionEnded.by(by, found.subject, session_id, EndCause.REVOKED, at=at))
