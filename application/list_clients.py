"""List clients."""

from dataclasses import dataclass

from domain.clients import Client
from domain.ports.clients import Clients


@dataclass(frozen=True, slots=True)
class ListClients:
    """All registered clients. The built-in client is none of them."""

    clients: Clients

    async def __call__(self) -> list[Client]:
        """Every client, by id."""
        return await self.clients.all()
