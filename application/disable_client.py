"""Disable a client: it can do nothing, and no session of it continues."""

from dataclasses import dataclass

from application.steps.client_change import change_client
from domain.actors import Actor
from domain.clients import Client
from domain.events import ClientDisabled
from domain.ports.audit import AuditTrail
from domain.ports.clients import Clients
from domain.ports.environment import Clock


@dataclass(frozen=True, slots=True)
class DisableClient:
    """Refuse a client and end all of its sessions; enabling the client later revives none."""

    clients: Clients
    clock: Clock
    audit: AuditTrail

    async def __call__(self, client_id: str, *, by: Actor) -> Client:
        """Disable the client and end the sessions, in one UPDATE however many there are.

        Raises:
            ClientNotFound: no client has that id.
        """
        client = await change_client(
            self.clients, client_id, lambda client: client.disabled(self.clock())
        )
        self.audit(ClientDisabled.by(by, client, at=self.clock()))
        return client
