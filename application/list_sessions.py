"""List live sessions, for an operator."""

from dataclasses import dataclass
from uuid import UUID

from application.steps.user_lookup import UserKey, find_user
from domain.decision_table import RenewalPolicy
from domain.page import Page
from domain.ports.environment import Clock
from domain.ports.session_register import SessionRegister
from domain.ports.users import Users
from domain.sessions import LiveAt, OwnedSession


@dataclass(frozen=True, slots=True)
class ListSessions:
    """Page through the live sessions of one user, or of all users."""

    users: Users
    session_register: SessionRegister
    renewal_policy: RenewalPolicy
    clock: Clock

    async def __call__(
        self, key: UserKey | None = None, after: UUID | None = None, size: int = 100
    ) -> Page[OwnedSession]:
        """Up to `size` live sessions, oldest first, from `after` on.

        Raises:
            UserNotFound: no user has that name.
        """
        user_id = (await find_user(self.users, key)).id if key is not None else None
        live = LiveAt(self.clock(), self.renewal_policy.idle)
        found = await self.session_register.page(user_id, live, after=after, size=size + 1)
        return Page.of(found, size)
