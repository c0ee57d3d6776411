"""Changes a client so that no two changes overwrite each other."""

from collections.abc import Callable

from application.steps.change import store_change
from application.steps.client_lookup import find_client
from domain.clients import Client
from domain.ports.clients import Clients


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
