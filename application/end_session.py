"""End any session, by an operator."""

from dataclasses import dataclass
from uuid import UUID

from domain.actors import Actor
from domain.causes import EndCause
from domain.errors import SessionNotFound
from domain.events import SessionEnded
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.sessions import Sessions


@dataclass(frozen=True, slots=True)
class EndSession:
    """End a session by its id (checklist L11)."""

    sessions: Sessions
    clock: Clock
    audit: AuditTrail

    async def __call__(self, session_id: UUID, *, by: Actor) -> None:
        """Afterwards the session refreshes no more; ending an ended one changes nothing.

        Raises:
            SessionNotFound: no session of that id.
        """
        found, now = await self.sessions.find(session_id), self.clock()
        if found is None:
            raise SessionNotFound
        if await self.sessions.end(session_id, EndCause.REVOKED, now):
            self.audit(
                SessionEnded(
                    at=now,
                    subject=found.session.user_id,
                    session=session_id,
                    cause=EndCause.REVOKED,
                    actor=by,
                )
            )
