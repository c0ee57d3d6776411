"""List live sessions, for an operator."""

from dataclasses import dataclass
from uuid import UUID

from application.steps.user_lookup import find_user
from domain.decision_table import RenewalPolicy
from domain.page import Page
from domain.ports.environment import Clock
from domain.ports.session_register import SessionRegister
from domain.ports.users import Users
from domain.sessions import LiveAt, Session


@dataclass(frozen=True, slots=True)
class ListSessions:
    """Page through the live sessions of one user, or of all users."""

    users: Users
    session_register: SessionRegister
    renewal_policy: RenewalPolicy
    clock: Clock

    async def __call__(
        self, name: str | None = None, after: UUID | None = None, size: int = 100
    ) -> Page[Session]:
        """Up to `size` live sessions, oldest first, from `after` on.

        Raises:
            UserNotFound: no user has that name.
        """
        user_id = (await find_user(self.users, name)).id if name is not None else None
        live = LiveAt(self.clock(), self.renewal_policy.idle)
        found = await self.session_register.page(user_id, live, after=after, size=size + 1)
        return Page.of([one.session for one in found], size)
