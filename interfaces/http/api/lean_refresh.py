"""The refresh as it comes all day, answered ahead of the framework."""

import re
from datetime import timedelta
from typing import Any

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from application.refresh import Refresh
from interfaces.http.api.refresh import PATH, refresh_answer
from interfaces.http.wire.bodies import RefreshRequest
from interfaces.http.wire.errors import send_error
from interfaces.http.wire.json_body import BodyDecoder
from interfaces.http.wire.request_body import BodyBounds
from interfaces.http.wire.still_connected import StillWaiting

JSON = (b"content-type", b"application/json")
UNUSUAL = frozenset({b"origin", b"content-encoding"})
"""Headers of which the answer may have to say something, or that make the body unreadable."""

_is_plain_host = re.compile(rb"[A-Za-z0-9.:-]+").fullmatch


class LeanRefresh:
    """Reads, asks the use case and answers, without routing, a request or a response object.

    It takes a POST of plain JSON and leaves everything else to the framework, whose own route for
    the operation is what a test holds this one to.
    """

    def __init__(
        self, framework: ASGIApp, refresh: Refresh, bounds: BodyBounds, patience: timedelta
    ) -> None:
        self._framework = framework
        self._refresh = refresh
        self._bounds = bounds
        self._patience = patience
        self._decode = BodyDecoder.of(RefreshRequest)
        self._encode = msgspec.json.Encoder().encode

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the framework answer."""
        if not _is_plain_refresh(scope):
            await self._framework(scope, receive, send)
            return
        scope["path_template"] = PATH
        try:
            body = await self._answer(receive)
        except Exception as error:
            await send_error(send, error, PATH)
            return
        length = (b"content-length", b"%d" % len(body))
        await send({"type": "http.response.start", "status": 200, "headers": [JSON, length]})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    async def _answer(self, receive: Receive) -> bytes:
        data: RefreshRequest = self._decode(await self._bounds.read(receive))
        still_waiting = StillWaiting(receive, self._patience)
        return self._encode(refresh_answer(await self._refresh(data.refresh_token, still_waiting)))


def _is_plain_refresh(scope: Any) -> bool:
    return (
        scope["type"] == ScopeType.HTTP
        and scope["path"] == PATH
        and scope["method"] == "POST"
        and _are_plain(scope["headers"])
    )


def _are_plain(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether they say that the body is JSON, and nothing that the framework should judge."""
    is_json = False
    for name, value in headers:
        if name == b"content-type":
            is_json = value == b"application/json"
        elif name in UNUSUAL or (name == b"host" and not _is_plain_host(value)):
            return False
    return is_json
