"""What a client hears whose request is still running when the time to stop is over (S7)."""

import msgspec
from litestar.types import Send

from domain.errors import Unavailable
from interfaces.http.errors import error_body, error_headers

REASON = "stopping"


async def answer_cut_short(send: Send) -> None:
    """503, since the request may be repeated elsewhere: whatever it did, it did whole."""
    error = Unavailable(REASON)
    body = msgspec.json.encode(error_body(error))
    headers = {
        **error_headers(error),
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Connection": "close",
    }
    await send(
        {
            "type": "http.response.start",
            "status": 503,
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})
