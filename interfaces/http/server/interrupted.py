"""Owns the answer to a request that is still running when the time to stop is over."""

from litestar.types import Send

from domain.errors import Unavailable
from interfaces.http.wire.errors import send_error
from interfaces.http.wire.json_errors import JSON_ERRORS

REASON = "stopping"


async def answer_stopping(send: Send) -> None:
    """503: the client can repeat the request, because every change it made is complete."""
    await send_error(send, Unavailable(REASON), JSON_ERRORS, {"Connection": "close"})
