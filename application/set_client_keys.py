"""Set the public keys of a confidential client."""

from dataclasses import dataclass

from application.steps.client_change import change_client
from domain.actors import Actor
from domain.clients import Client
from domain.events import ClientKeysSet
from domain.ports.assertions import KeySets
from domain.ports.audit import AuditTrail
from domain.ports.clients import Clients
from domain.ports.environment import Clock


@dataclass(frozen=True, slots=True)
class SetClientKeys:
    """Replace the keys with which a client signs its assertions (RFC 7523 section 2.2)."""

    clients: Clients
    key_sets: KeySets
    clock: Clock
    audit: AuditTrail

    async def __call__(self, client_id: str, jwks: str | None, *, by: Actor) -> Client:
        """Set the keys, and return the client as stored.

        Args:
            jwks: the text of a JWK set; None for no keys.

        Raises:
            ClientNotFound: no client has that id.
            InvalidKeySource: no client can have these keys.
            ClientSecretConflict: the client is public, or could not prove itself any more.
        """
        text = None if jwks is None else self.key_sets.checked(jwks)
        client = await change_client(self.clients, client_id, lambda client: client.with_keys(text))
        self.audit(ClientKeysSet.by(by, client, at=self.clock()))
        return client
