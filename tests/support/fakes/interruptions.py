"""Stores that let something else happen right before or right after they are used."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from domain.clients import Client
from domain.sessions import OwnedSession
from domain.users import User
from tests.support.fakes.fake_stores import FakeClients
from tests.support.fakes.fakes import FakeSessions, FakeUsers

Interruption = Callable[[], Awaitable[object]]


@dataclass(slots=True)
class Interruptions:
    """What happens once, at the next read of a session or change of a user or client."""

    before_read: Interruption | None = None
    after_read: Interruption | None = None
    before_change: Interruption | None = None

    async def strike_before(self) -> None:
        strike, self.before_read = self.before_read, None
        if strike is not None:
            await strike()

    async def strike_after(self) -> None:
        strike, self.after_read = self.after_read, None
        if strike is not None:
            await strike()

    async def strike_before_change(self) -> None:
        strike, self.before_change = self.before_change, None
        if strike is not None:
            await strike()


@dataclass(frozen=True, slots=True)
class InterruptedUsers(FakeUsers):
    interruptions: Interruptions

    async def replace(self, user: User, *, keeping: UUID | None = None) -> bool:
        await self.interruptions.strike_before_change()
        return await FakeUsers.replace(self, user, keeping=keeping)


@dataclass(frozen=True, slots=True)
class InterruptedClients(FakeClients):
    interruptions: Interruptions

    async def replace(self, client: Client) -> bool:
        await self.interruptions.strike_before_change()
        return await FakeClients.replace(self, client)


@dataclass(frozen=True, slots=True)
class InterruptedSessions(FakeSessions):
    interruptions: Interruptions

    async def find(self, session_id: UUID) -> OwnedSession | None:
        await self.interruptions.strike_before()
        found = await FakeSessions.find(self, session_id)
        await self.interruptions.strike_after()
        return found
