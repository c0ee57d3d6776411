"""Give a confidential client another secret."""

from dataclasses import dataclass

from application.steps.client_change import change_client
from domain.actors import Actor
from domain.clients import new_secret
from domain.events import ClientSecretAdded
from domain.ports.audit import AuditTrail
from domain.ports.clients import Clients
from domain.ports.environment import Clock, Entropy


@dataclass(frozen=True, slots=True)
class AddClientSecret:
    """Add a secret, so that a client's secret can be changed without a gap."""

    clients: Clients
    clock: Clock
    entropy: Entropy
    audit: AuditTrail

    async def __call__(self, client_id: str, *, by: Actor) -> str:
        """Add the secret, which is stored nowhere, and return it. The present secret stays valid.

        Raises:
            ClientNotFound: no client has that id.
            ClientSecretConflict: the client is public, or has two secrets already.
        """
        secret = new_secret(self.entropy)
        client = await change_client(
            self.clients, client_id, lambda client: client.with_secret(secret)
        )
        self.audit(ClientSecretAdded.by(by, client, at=self.clock()))
        return secret
