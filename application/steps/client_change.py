"""Finds and changes the client that an operator names."""

from collections.abc import Callable

from application.steps.change import store_change
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


async def change_client(
    clients: Clients, client_id: str, change: Callable[[Client], Client]
) -> Client:
    """Change the client with that id so that no two changes overwrite each other.

    Returns:
        The client as stored.

    Raises:
        ClientNotFound: no client has that id.
        Unavailable: other changes were faster every time; nothing was changed.
    """

    async def find() -> Client:
        return await find_client(clients, client_id)

    return await store_change(await find(), change, replace=clients.replace, find_again=find)
