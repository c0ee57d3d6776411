"""List live sessions, for an operator."""

from dataclasses import dataclass
from uuid import UUID

from domain.decision_table import RenewalPolicy
from domain.errors import UserNotFound
from domain.ports.environment import Clock
from domain.ports.sessions import SessionRegister
from domain.ports.users import Users
from domain.sessions import OwnedSession
from domain.users import username


@dataclass(frozen=True, slots=True)
class ListSessions:
    """Page through the live sessions of one user, or of all."""

    users: Users
    session_register: SessionRegister
    renewal_policy: RenewalPolicy
    clock: Clock

    async def __call__(
        self, name: str | None = None, after: UUID | None = None, size: int = 100
    ) -> list[OwnedSession]:
        """Up to `size` live sessions, oldest first, those behind `after`.

        Raises:
            UserNotFound: no user of that name.
        """
        return await self.session_register.page(
            await self._id_of(name) if name is not None else None,
            live_at=self.clock(),
            idle=self.renewal_policy.idle,
            after=after,
            size=size,
        )

    async def _id_of(self, name: str) -> UUID:
        user = await self.users.named(username(name))
        if user is None:
            raise UserNotFound
        return user.id
