"""Owns how the bytes of answers leave, and how a connection ends after them."""

import asyncio
from typing import Any

SECONDS_TO_READ = 30.0
"""How long a client can leave what was written to it unread."""
SECONDS_TO_LEAVE = 2.0
"""How long a client that was refused can take to close the connection."""


class BufferedTransport:
    """A transport that buffers writes until the next turn of the event loop.

    uvicorn writes an answer's head and body separately; buffering puts both into one packet. The
    answers of a batch then leave one after the other, which wakes clients at less cost.

    Attributes:
        lingers: at its close, wait until the client has closed the connection. If a connection is
            closed while the client is still sending, the client's system discards the answer
            before the client has read it (RFC 9112 section 9.6).
    """

    __slots__ = ("_has_ended", "_kept", "_loop", "_transport", "is_closing", "lingers")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._kept: list[bytes] = []
        self._has_ended = False
        self.lingers = False
        self.is_closing = transport.is_closing

    def write(self, data: bytes) -> None:
        """Send the data at the next turn, together with all other writes until then."""
        if not self._kept:
            self._loop.call_soon(self._send)
        self._kept.append(data)

    def close(self) -> None:
        """Send the buffered data, then close; a client that reads nothing is not waited for."""
        if self._has_ended:
            return
        self._send()
        self._has_ended = True
        if self.lingers and not self.is_closing():
            if self._transport.can_write_eof():  # not over TLS
                self._transport.write_eof()
            self._loop.call_later(SECONDS_TO_LEAVE, self._transport.close)
        else:
            self._transport.close()
        if self._transport.get_write_buffer_size():
            self._loop.call_later(SECONDS_TO_READ, self._transport.abort)

    def _send(self) -> None:
        pieces, self._kept = self._kept, []
        # The client can have left since the write.
        if pieces and not self._has_ended and not self.is_closing():
            self._transport.writelines(pieces)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
