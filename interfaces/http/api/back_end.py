"""Owns which paths are the back-end API, and how a back end is admitted to an operation of it."""

from typing import Any

from litestar import Request

from application.steps.client_check import ClientCheck
from domain.actors import Actor
from domain.clients import Permission
from interfaces.http.wire.client_credentials import client_credentials

USERS_PATH = "/api/v1/users"
EXPLAIN_PATH = "/api/v1/refresh-tokens/explain"


def is_back_end_path(path: str) -> bool:
    """Whether an operation at that path is for back ends alone, and moves to admin.port."""
    return path in (USERS_PATH, EXPLAIN_PATH) or path.startswith(f"{USERS_PATH}/")


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
