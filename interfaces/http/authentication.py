"""Logging in, refreshing and logging out over HTTP."""

from typing import Any

from litestar import Controller, Request, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import UNSET

from application.authenticate import Authenticate
from application.refresh import Refresh
from application.revoke import Revoke
from domain.sessions import Origin
from interfaces.http.bodies import (
    LoginAnswer,
    LoginRequest,
    RefreshAnswer,
    RefreshRequest,
    RevokeRequest,
)
from interfaces.http.decoding import StrictJson
from interfaces.http.still_waiting import StillWaiting

LONGEST_DEVICE = 200


class AuthenticationController(Controller):
    """`/api/v1/authenticate` and what hangs below it."""

    path = "/api/v1/authenticate"

    @post(status_code=200, dto=StrictJson[LoginRequest], return_dto=None)
    async def log_in(
        self,
        data: JSONBody[LoginRequest],
        authenticate: NamedDependency[Authenticate],
        request: Request[Any, Any, Any],
    ) -> LoginAnswer:
        """Open a session with a username and a password."""
        opened = await authenticate(data.username, data.password, origin_of(request), data.renewal)
        return LoginAnswer(opened.jwt, opened.refresh_token)

    @post("/refresh", status_code=200, dto=StrictJson[RefreshRequest], return_dto=None)
    async def refresh_token(
        self,
        data: JSONBody[RefreshRequest],
        refresh: NamedDependency[Refresh],
        request: Request[Any, Any, Any],
    ) -> RefreshAnswer:
        """Exchange a refresh token for a JWT."""
        refreshed = await refresh(data.refresh_token, StillWaiting(request))
        return RefreshAnswer(refreshed.jwt, refreshed.refresh_token or UNSET)

    @post("/revoke", status_code=204, dto=StrictJson[RevokeRequest], return_dto=None)
    async def revoke_token(
        self, data: JSONBody[RevokeRequest], revoke: NamedDependency[Revoke]
    ) -> None:
        """End the session of a refresh token; an unknown token is answered alike."""
        await revoke(data.refresh_token)


def origin_of(request: Request[Any, Any, Any]) -> Origin:
    """What tells the session's owner later which device it was."""
    device = request.headers.get("user-agent", "")[:LONGEST_DEVICE]
    return Origin(device, request.client.host if request.client else "")
