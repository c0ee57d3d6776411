"""Owns which paths are the back-end API, and how a back end is admitted to an operation of it."""

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard, Scope

from application.steps.client_check import ClientCheck
from domain.actors import Actor
from domain.clients import Permission
from domain.errors import InvalidClient, NotAllowed
from interfaces.http.wire.client_credentials import client_credentials
from interfaces.http.wire.openapi import BUSY, CRASH, NO_PROOF
from interfaces.http.wire.request_errors import Fault, InvalidRequest

USERS_PATH = "/api/v1/users"
EXPLAIN_PATH = "/api/v1/refresh-tokens/explain"


def is_back_end_path(path: str) -> bool:
    """Whether an operation at that path is for back ends alone, and moves to admin.port."""
    return path in (USERS_PATH, EXPLAIN_PATH) or path.startswith(f"{USERS_PATH}/")


LARGEST_PAGE = 100
PAGE_FAULT = InvalidRequest("size", Fault.OUT_OF_RANGE)

PERMISSION = "permission"
"""The option of a handler that names the permission for its operation."""
CLIENT_CHECK = "client_check"
"""Where the application's state has the step that checks clients."""
CALLER = "caller"
"""Where a request's state has the client that was admitted."""


def not_admitted(permission: Permission) -> tuple[Exception, ...]:
    """The errors of every operation for clients that have a permission."""
    return (InvalidClient(), NotAllowed(permission), NO_PROOF, CRASH, BUSY)


NOT_ADMITTED = not_admitted(Permission.MANAGE_USERS)


def needs(permission: Permission, *then: Guard) -> dict[str, Any]:
    """What a handler declares: the guards come before anything of the request's body is read."""
    return {"guards": [admit, *then], "opt": {PERMISSION: permission}}


async def admitted(scope: Scope, check: ClientCheck, permission: Permission) -> Actor:
    """The client whose credentials the request has, if it is allowed to do that.

    Raises:
        InvalidClient: the credentials are missing or wrong.
        NotAllowed: the client lacks the permission.
    """
    client = await check.allowed(client_credentials(scope["headers"]), permission)
    return Actor.client(client.id)


async def admit(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Admit a client as the actor of what follows; see `admitted`."""
    check, permission = connection.app.state[CLIENT_CHECK], handler.opt[PERMISSION]
    connection.scope["state"][CALLER] = await admitted(connection.scope, check, permission)


def caller(request: Request[Any, Any, Any]) -> Actor:
    """The client that was admitted, as a dependency of handlers."""
    actor: Actor = request.scope["state"][CALLER]
    return actor
