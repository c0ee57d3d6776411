"""Delete a client."""

from dataclasses import dataclass

from application.steps.client_lookup import find_client
from domain.actors import Actor
from domain.errors import ClientNotFound
from domain.events import ClientDeleted
from domain.ports.audit import AuditTrail
from domain.ports.clients import Clients
from domain.ports.environment import Clock


@dataclass(frozen=True, slots=True)
class DeleteClient:
    """Forget a client, which ends all of its sessions. A later client with its id has none."""

    clients: Clients
    clock: Clock
    audit: AuditTrail

    async def __call__(self, client_id: str, *, by: Actor) -> None:
        """Delete the client; the id is free afterwards.

        Raises:
            ClientNotFound: no client has that id.
        """
        client = await find_client(self.clients, client_id)
        now = self.clock()
        if not await self.clients.delete(client_id, now):
            raise ClientNotFound
        self.audit(ClientDeleted.by(by, client, at=now))
