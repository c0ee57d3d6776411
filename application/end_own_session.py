"""End one of one's own sessions."""

from dataclasses import dataclass
from uuid import UUID

from application.steps.identify_caller import IdentifyCaller
from domain.actors import OWNER
from domain.causes import EndCause
from domain.errors import SessionNotFound
from domain.events import SessionEnded
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.sessions import Sessions


@dataclass(frozen=True, slots=True)
class EndOwnSession:
    """Sign a device out; somebody else's session looks like none (checklist L11)."""

    identify_caller: IdentifyCaller
    sessions: Sessions
    clock: Clock
    audit: AuditTrail

    async def __call__(self, bearer: str, session_id: UUID) -> None:
        """Afterwards the session refreshes no more; ending an ended one changes nothing.

        Raises:
            InvalidAccessToken: see IdentifyCaller.
            SessionNotFound: no session of that id is the caller's.
        """
        caller = await self.identify_caller(bearer)
        found, now = await self.sessions.find(session_id), self.clock()
        if found is None or found.session.user_id != caller.user.id:
            raise SessionNotFound
        if await self.sessions.end(session_id, EndCause.REVOKED, now):
            self.audit(
                SessionEnded(
                    at=now,
                    subject=caller.user.id,
                    session=session_id,
                    cause=EndCause.REVOKED,
                    actor=OWNER,
                )
            )
