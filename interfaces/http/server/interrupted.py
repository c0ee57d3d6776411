"""What a client hears whose request is still running when the time to stop is over (S7)."""

from litestar.types import Send

from domain.errors import Unavailable
from interfaces.http.wire.errors import send_error

REASON = "stopping"


async def answer_stopping(send: Send) -> None:
    """503, since the request may be repeated elsewhere: whatever it did, it did whole."""
    await send_error(send, Unavailable(REASON), more_headers={"Connection": "close"})
