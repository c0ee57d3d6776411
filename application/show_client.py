"""Show a client."""

from dataclasses import dataclass

from application.steps.client_lookup import find_client
from domain.clients import Client
from domain.ports.clients import Clients


@dataclass(frozen=True, slots=True)
class ShowClient:
    """One registered client."""

    clients: Clients

    async def __call__(self, client_id: str) -> Client:
        """The client with that id.

        Raises:
            ClientNotFound: no client has that id.
        """
        return await find_client(self.clients, client_id)
