"""End one of one's own sessions."""

from dataclasses import dataclass
from uuid import UUID

from application.steps.caller_check import CallerCheck
from application.steps.session_end import end_session
from domain.actors import OWNER
from domain.errors import SessionNotFound
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.sessions import Sessions
from domain.proofs import PresentedProof


@dataclass(frozen=True, slots=True)
class EndOwnSession:
    """Sign a device out. Another user's session looks like none."""

    caller_check: CallerCheck
    sessions: Sessions
    clock: Clock
    audit: AuditTrail

    async def __call__(
        self, jwt: str, session_id: UUID, *, proof: PresentedProof | None = None
    ) -> None:
        """End the session; ending a session that has ended already changes nothing.

        Raises:
            InvalidProof, InvalidAccessToken: see CallerCheck.
            SessionNotFound: the caller has no session with that id.
        """
        caller = await self.caller_check(jwt, proof)
        found, now = await self.sessions.find(session_id), self.clock()
        if found is None or found.session.user_id != caller.user.id:
            raise SessionNotFound
        await end_session(self.sessions, self.audit, found, by=OWNER, at=now)
