"""Ends a session, and records the actor in the audit trail."""

from datetime import datetime

from domain.actors import Actor
from domain.causes import EndCause
from domain.events import SessionEnded
from domain.ports.audit import AuditTrail
from domain.ports.sessions import Sessions
from domain.sessions import Session


async def end_session(
    sessions: Sessions, audit: AuditTrail, session: Session, *, by: Actor, at: datetime
) -> None:
    """End `session`; ending a session that has ended already changes nothing."""
    if await sessions.end(session.id, EndCause.REVOKED, at):
        audit(SessionEnded.by(by, session.user_id, session.id, EndCause.REVOKED, at=at))
