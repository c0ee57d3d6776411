"""The store of clients."""

from datetime import datetime
from typing import Protocol

from domain.clients import Client


class Clients(Protocol):
    """One row for each client, and few rows. Every operation is atomic by itself.

    Raises from all: Unavailable.
    """

    async def add(self, client: Client) -> None:
        """Store a new client.

        Raises:
            ClientIdTaken: another client has that id; nothing was stored.
        """
        ...

    async def with_id(self, client_id: str) -> Client | None:
        """The client with that id."""
        ...

    async def all(self) -> list[Client]:
        """Every client, by id."""
        ...

    async def replace(self, client: Client) -> bool:
        """Store a changed client, if nobody else changed it: its version is the stored one plus
        one. True for exactly one of any number of callers that read the same version.

        If its `revoked_at` is set, a revocation of each of its live sessions is stored with it.
        """
        ...

    async def delete(self, client_id: str, at: datetime) -> bool:
        """Forget the client; its sessions end with it. True for exactly one caller.

        A revocation of each of its live sessions is stored with it.
        """
        ...
