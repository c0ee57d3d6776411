"""Set what a client is allowed to do, and the terms of its sessions."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from application.steps.client_change import change_client
from domain.actors import Actor
from domain.clients import Client, ClientTerms, new_terms
from domain.events import ClientSet
from domain.ports.audit import AuditTrail
from domain.ports.clients import Clients
from domain.ports.environment import Clock


@dataclass(frozen=True, slots=True)
class SetClient:
    """Change a client's terms. New sessions have them; only the idle timeout meets all sessions.

    Attributes:
        jwt_lifetime: how long a JWT is valid.
    """

    clients: Clients
    jwt_lifetime: timedelta
    clock: Clock
    audit: AuditTrail

    async def __call__(
        self, client_id: str, change: Callable[[ClientTerms], ClientTerms], *, by: Actor
    ) -> Client:
        """Set the terms that `change` makes of the present ones; returns the client as stored.

        Raises:
            ClientNotFound: no client has that id.
            InvalidClientTerms: no such client can have these terms.
        """

        def on_changed_terms(client: Client) -> Client:
            terms = change(client.terms)
            return client.on_terms(
                new_terms(terms, is_public=client.is_public, jwt_lifetime=self.jwt_lifetime)
            )

        client = await change_client(self.clients, client_id, on_changed_terms)
        self.audit(ClientSet.by(by, client, at=self.clock()))
        return client
