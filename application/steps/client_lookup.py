"""Finds the client that a request or an operator names."""

from domain.clients import Client, is_client_id
from domain.errors import ClientNotFound
from domain.ports.clients import Clients


async def client_with_id(clients: Clients, text: str) -> Client | None:
    """The client with that id; None if there is none. A text that is no id is not looked up."""
    return await clients.with_id(text) if is_client_id(text) else None


async def find_client(clients: Clients, client_id: str) -> Client:
    """The client with that id.

    Raises:
        ClientNotFound: no client has that id.
    """
    client = await client_with_id(clients, client_id)
    if client is None:
        raise ClientNotFound
    return client
