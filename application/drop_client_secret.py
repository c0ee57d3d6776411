"""Drop a secret of a client that has another one, or keys."""

from dataclasses import dataclass

from application.steps.client_change import change_client
from domain.actors import Actor
from domain.clients import Client
from domain.events import ClientSecretDropped
from domain.ports.audit import AuditTrail
from domain.ports.clients import Clients
from domain.ports.environment import Clock


@dataclass(frozen=True, slots=True)
class DropClientSecret:
    """End the time in which a client has two secrets, or a secret in addition to its keys."""

    clients: Clients
    clock: Clock
    audit: AuditTrail

    async def __call__(self, client_id: str, *, newer: bool = False, by: Actor) -> Client:
        """Drop the older secret, or the newer one, which nobody uses yet; the other stays valid.

        Raises:
            ClientNotFound: no client has that id.
            ClientSecretConflict: the client could not prove itself any more.
        """
        drop = Client.without_newer_secret if newer else Client.without_older_secret
        client = await change_client(self.clients, client_id, drop)
        self.audit(ClientSecretDropped.by(by, client, at=self.clock()))
        return client
