"""Enable a client that was disabled."""

from dataclasses import dataclass

from application.steps.client_change import change_client
from domain.actors import Actor
from domain.clients import Client
from domain.events import ClientEnabled
from domain.ports.audit import AuditTrail
from domain.ports.clients import Clients
from domain.ports.environment import Clock


@dataclass(frozen=True, slots=True)
class EnableClient:
    """Let a client act and have sessions again. Sessions that ended stay over."""

    clients: Clients
    clock: Clock
    audit: AuditTrail

    async def __call__(self, client_id: str, *, by: Actor) -> Client:
        """Enable the client; returns it as stored.

        Raises:
            ClientNotFound: no client has that id.
        """
        client = await change_client(self.clients, client_id, Client.enabled)
        self.audit(ClientEnabled.by(by, client, at=self.clock()))
        return client
