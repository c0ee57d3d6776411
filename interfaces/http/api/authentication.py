"""Logging in and logging out over HTTP."""

from typing import Any

from litestar import Controller, Request, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from application.authenticate import Authenticate
from application.revoke import Revoke
from domain.sessions import Origin
from interfaces.http.wire.bodies import (
    LoginAnswer,
    LoginRequest,
    RevokeRequest,
)
from interfaces.http.wire.json_body import StrictJson
from interfaces.http.wire.openapi import (
    A_JWT,
    A_REFRESH_TOKEN,
    LOGIN_ERRORS,
    REVOKE_ERRORS,
    Success,
    documented,
)

PATH = "/api/v1/authenticate"
LONGEST_DEVICE = 200


class AuthenticationController(Controller):
    """`/api/v1/authenticate` and what hangs below it."""

    path = PATH
    tags = ("sessions",)

    @post(
        operation_id="authenticate",
        status_code=200,
        dto=StrictJson[LoginRequest],
        return_dto=None,
        responses=documented(
            PATH,
            Success("A session was opened.", LoginAnswer(A_JWT, A_REFRESH_TOKEN)),
            errors=LOGIN_ERRORS,
        ),
    )
    async def log_in(
        self,
        data: JSONBody[LoginRequest],
        authenticate: NamedDependency[Authenticate],
        request: Request[Any, Any, Any],
    ) -> LoginAnswer:
        """Open a session with a username and a password."""
        opened = await authenticate(data.username, data.password, origin_of(request), data.renewal)
        return LoginAnswer(opened.jwt, opened.refresh_token)

    @post(
        "/revoke",
        operation_id="revokeRefreshToken",
        status_code=204,
        dto=StrictJson[RevokeRequest],
        return_dto=None,
        responses=documented(
            f"{PATH}/revoke",
            Success("The session has ended, or there was none.", status=204),
            errors=REVOKE_ERRORS,
        ),
    )
    async def revoke_token(
        self, data: JSONBody[RevokeRequest], revoke: NamedDependency[Revoke]
    ) -> None:
        """End the session of a refresh token; an unknown token is answered alike."""
        await revoke(data.refresh_token)


def origin_of(request: Request[Any, Any, Any]) -> Origin:
    """What tells the session's owner later which device it was."""
    device = request.headers.get("user-agent", "")[:LONGEST_DEVICE]
    return Origin(device, request.app.state.trusted_proxies.client_address(request.scope))
