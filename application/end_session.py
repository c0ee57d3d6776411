"""End any session, by an operator."""

from dataclasses import dataclass
from uuid import UUID

from domain.causes import EndCause
from domain.errors import SessionNotFound
from domain.events import Actor, SessionEnded
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.sessions import Sessions


@dataclass(frozen=True, slots=True)
class EndSession:
    """End a session by its id (checklist L11)."""

    sessions: Sessions
    clock: Clock
    audit: AuditTrail

    async def __call__(self, session_id: UUID) -> None:
        """Afterwards the session refreshes no more; ending an ended one changes nothing.

        Raises:
            SessionNotFound: no session of that id.
        """
        held, now = await self.sessions.find(session_id), self.clock()
        if held is None:
            raise SessionNotFound
        if await self.sessions.end(session_id, EndCause.REVOKED, now):
            self.audit(
                SessionEnded(
                    at=now,
                    subject=held.session.user_id,
                    session=session_id,
                    cause=EndCause.REVOKED,
                    actor=Actor.OPERATOR,
                )
            )
