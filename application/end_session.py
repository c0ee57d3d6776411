"""End any session, by an operator."""

from dataclasses import dataclass
from uuid import UUID

from application.steps.session_end import end_session
from application.steps.user_lookup import Subject
from domain.actors import Actor
from domain.errors import SessionNotFound
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.sessions import Sessions


@dataclass(frozen=True, slots=True)
class EndSession:
    """End a session by its id."""

    sessions: Sessions
    clock: Clock
    audit: AuditTrail

    async def __call__(self, session_id: UUID, *, by: Actor, of: Subject | None = None) -> None:
        """End the session; ending a session that has ended already changes nothing.

        Args:
            of: the user whose session it must be; None for any.

        Raises:
            SessionNotFound: no session has that id, or it is another user's.
        """
        found, now = await self.sessions.find(session_id), self.clock()
        if found is None or (of is not None and found.subject != of.text):
            raise SessionNotFound
        await end_session(self.sessions, self.audit, found, by=by, at=now)
