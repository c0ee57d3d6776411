"""Refreshing over HTTP: the one route that is called all day, so it has few parts."""

from datetime import timedelta
from typing import Any

import msgspec
from litestar import Controller, Request, asgi, post
from litestar.di import NamedDependency
from litestar.exceptions import MethodNotAllowedException
from litestar.handlers import ASGIRouteHandler
from litestar.params import JSONBody
from litestar.types import Receive, Scope, Send
from msgspec import UNSET

from application.refresh import Refresh
from domain.continuing import Rule
from interfaces.http.bodies import RefreshAnswer, RefreshRequest
from interfaces.http.decoding import BodyDecoder, StrictJson, require_json
from interfaces.http.exchange import note_cause
from interfaces.http.openapi import A_JWT, REFRESH_ERRORS, Success, documented
from interfaces.http.reading import BodyBounds
from interfaces.http.still_waiting import StillWaiting

PATH = "/api/v1/authenticate/refresh"
ALLOWED = "OPTIONS, POST"
CONTINUED = {rule: rule.word for rule in Rule}
JSON = (b"content-type", b"application/json")


class RefreshRoute:
    """Decodes, asks the use case, and encodes, without a request or a response object between.

    What is raised becomes an answer as on every other route.
    """

    def __init__(self, refresh: Refresh, bounds: BodyBounds, patience: timedelta) -> None:
        self._refresh = refresh
        self._bounds = bounds
        self._patience = patience
        self._decode = BodyDecoder.of(RefreshRequest)
        self._encode = msgspec.json.Encoder().encode

    def handler(self) -> ASGIRouteHandler:
        """The route as Litestar registers it."""

        @asgi(PATH, copy_scope=False)
        async def refresh_token(scope: Scope, receive: Receive, send: Send) -> None:
            await self(scope, receive, send)

        return refresh_token

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Exchange a refresh token for a JWT."""
        if scope["method"] != "POST":
            await _answer_other_method(scope["method"], send)
            return
        data = self._decoded(scope, await self._bounds.read(receive))
        still_waiting = StillWaiting(receive, self._patience)
        refreshed = await self._refresh(data.refresh_token, still_waiting)
        note_cause(CONTINUED[refreshed.rule])
        body = self._encode(RefreshAnswer(refreshed.jwt, refreshed.refresh_token or UNSET))
        length = (b"content-length", b"%d" % len(body))
        await send({"type": "http.response.start", "status": 200, "headers": [JSON, length]})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    def _decoded(self, scope: Any, body: bytes) -> RefreshRequest:
        if body:
            require_json(_header(scope, b"content-type"), _header(scope, b"content-encoding"))
        data: RefreshRequest = self._decode(body)
        return data


async def _answer_other_method(method: str, send: Send) -> None:
    if method != "OPTIONS":
        raise MethodNotAllowedException(headers={"allow": ALLOWED})
    allow = (b"allow", ALLOWED.encode())
    await send({"type": "http.response.start", "status": 204, "headers": [allow]})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _header(scope: Any, wanted: bytes) -> str:
    for name, value in scope["headers"]:
        if name == wanted:
            return str(value, "latin-1")
    return ""


class RefreshController(Controller):
    """The same operation in the framework's own terms.

    The OpenAPI document is made of it, and a test holds the route above to its every answer.
    """

    tags = ("sessions",)

    @post(
        PATH,
        operation_id="refreshAuthToken",
        status_code=200,
        dto=StrictJson[RefreshRequest],
        return_dto=None,
        responses=documented(
            PATH,
            Success("JWT token refreshed.", RefreshAnswer(A_JWT)),
            errors=REFRESH_ERRORS,
        ),
    )
    async def refresh_token(
        self,
        data: JSONBody[RefreshRequest],
        refresh: NamedDependency[Refresh],
        request: Request[Any, Any, Any],
    ) -> RefreshAnswer:
        """Exchange a refresh token for a JWT."""
        refreshed = await refresh(
            data.refresh_token, StillWaiting(request.receive, request.app.state.patience)
        )
        note_cause(CONTINUED[refreshed.rule])
        return RefreshAnswer(refreshed.jwt, refreshed.refresh_token or UNSET)
