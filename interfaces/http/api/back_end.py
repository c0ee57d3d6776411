"""Owns how a back end is admitted to an operation: as a client that has the permission for it."""

from typing import Any

from litestar import Request

from application.steps.client_check import ClientCheck
from domain.actors import Actor
from domain.clients import Permission
from interfaces.http.wire.client_credentials import client_credentials


async def admitted(
    request: Request[Any, Any, Any], client_check: ClientCheck, permission: Permission
) -> Actor:
    """The client whose credentials the request has, as the actor of what follows.

    Raises:
        InvalidClient: the credentials are missing or wrong.
        NotAllowed: the client lacks the permission.
    """
    credentials = client_credentials(request.scope["headers"])
    client = await client_check.allowed(credentials, permission)
    return Actor.client(client.id)
