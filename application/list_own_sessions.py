"""List one's own live sessions."""

from dataclasses import dataclass
from uuid import UUID

from application.steps.identify_caller import IdentifyCaller
from domain.decision_table import RenewalPolicy
from domain.ports.environment import Clock
from domain.ports.sessions import SessionRegister
from domain.sessions import Session


@dataclass(frozen=True, slots=True)
class OwnSessions:
    """One page of the caller's sessions; `current` is the one that asks."""

    sessions: list[Session]
    current: UUID
    has_more: bool


@dataclass(frozen=True, slots=True)
class ListOwnSessions:
    """Show a user where they are signed in (checklist L11)."""

    identify_caller: IdentifyCaller
    session_register: SessionRegister
    renewal_policy: RenewalPolicy
    clock: Clock

    async def __call__(self, bearer: str, after: UUID | None = None, size: int = 50) -> OwnSessions:
        """Up to `size` of the caller's live sessions, oldest first, those behind `after`.

        Raises:
            InvalidAccessToken: see IdentifyCaller.
        """
        caller = await self.identify_caller(bearer)
        page = await self.session_register.page(
            caller.user.id,
            live_at=self.clock(),
            idle=self.renewal_policy.idle,
            after=after,
            size=size + 1,
        )
        sessions = [found.session for found in page[:size]]
        return OwnSessions(sessions, caller.session.id, has_more=len(page) > size)
