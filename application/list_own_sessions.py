"""List one's own live sessions."""

from dataclasses import dataclass
from uuid import UUID

from application.steps.caller_check import CallerCheck
from domain.decision_table import RenewalPolicy
from domain.page import Page
from domain.ports.environment import Clock
from domain.ports.session_register import SessionRegister
from domain.proofs import PresentedProof
from domain.sessions import LiveAt, Session


@dataclass(frozen=True, slots=True)
class OwnSession:
    """One of the caller's sessions; `is_current` marks the session of the JWT."""

    session: Session
    is_current: bool


@dataclass(frozen=True, slots=True)
class ListOwnSessions:
    """Show a user where they are signed in."""

    caller_check: CallerCheck
    session_register: SessionRegister
    renewal_policy: RenewalPolicy
    clock: Clock

    async def __call__(
        self,
        jwt: str,
        after: UUID | None = None,
        size: int = 50,
        *,
        proof: PresentedProof | None = None,
    ) -> Page[OwnSession]:
        """Up to `size` of the caller's live sessions, oldest first, from `after` on.

        Raises:
            InvalidProof, InvalidAccessToken: see CallerCheck.
        """
        caller = await self.caller_check(jwt, proof)
        live = LiveAt(self.clock(), self.renewal_policy.idle)
        found = await self.session_register.page(caller.user.id, live, after=after, size=size + 1)
        return Page.of(
            [OwnSession(one.session, one.session.id == caller.session.id) for one in found], size
        )
