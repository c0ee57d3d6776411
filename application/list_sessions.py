"""List sessions, for an operator or a back end."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.steps.user_lookup import UserKey, find_user
from domain.causes import RefusalCause
from domain.decision_table import RenewalPolicy
from domain.page import Page
from domain.ports.environment import Clock
from domain.ports.session_register import SessionRegister
from domain.ports.users import Users
from domain.sessions import LiveAt, OwnedSession


@dataclass(frozen=True, slots=True)
class ListedSession:
    """A session with its owner, and why and from when the session is over; None while it is live.

    The time is None as well where the owner or the client ended it, because the session has none.
    """

    found: OwnedSession
    over: RefusalCause | None
    over_since: datetime | None


@dataclass(frozen=True, slots=True)
class ListSessions:
    """Page through the sessions of one user, or of all users."""

    users: Users
    session_register: SessionRegister
    renewal_policy: RenewalPolicy
    clock: Clock

    async def __call__(
        self,
        key: UserKey | None = None,
        after: UUID | None = None,
        size: int = 100,
        *,
        ended: bool = False,
    ) -> Page[ListedSession]:
        """Up to `size` sessions, oldest first, from `after` on.

        Args:
            ended: whether sessions that are over and not yet purged are listed, too.

        Raises:
            UserNotFound: no user has that name or subject.
        """
        user_id = (await find_user(self.users, key)).id if key is not None else None
        now, idle = self.clock(), self.renewal_policy.idle
        found = await self.session_register.page(
            user_id, None if ended else LiveAt(now, idle), after=after, size=size + 1
        )
        return Page.of(
            [
                ListedSession(one, one.why_over(now, idle), one.over_since(now, idle))
                for one in found
            ],
            size,
        )
