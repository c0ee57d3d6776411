"""Owns the bounds of a request's head, in bytes and in time."""

import asyncio
from http import HTTPStatus
from typing import Any, ClassVar

import msgspec
from litestar.exceptions import ClientException
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from interfaces.http.wire.json_errors import JSON_ERRORS
from interfaces.http.wire.request_errors import HeadTooLarge, HeadTooSlow

LONGEST_HEAD = 32 * 1024
"""Bytes. Common proxies have a similar limit."""


class BoundedConnection(HttpToolsProtocol):
    """uvicorn's connection, with bounds: uvicorn would wait for ever, for any number of headers.

    The errors that this connection answers by itself have the error body of the API.
    """

    seconds_for_head: ClassVar[float] = 10.0

    _head_timer: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _is_amid_head = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # Implements the part of asyncio.Transport that uvicorn uses.
        self.transport = BufferedTransport(transport, self.loop)  # type: ignore[assignment]
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        # Most heads arrive in one read and need no timer.
        if self._is_amid_head:
            self._expect_head()
        if self._head_timer is not None:
            self._head_bytes += len(data)
            if self._head_bytes > LONGEST_HEAD:
                self._refuse(HeadTooLarge())
        elif self._is_idle():
            self._expect_head()  # bytes without a head so far, such as a blank line

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_amid_head = True

    def on_headers_complete(self) -> None:
        self._is_amid_head = False
        self._stop_expecting()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_expecting()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        self._refuse(ClientException())

    def _is_idle(self) -> bool:
        return self.cycle is None or bool(self.cycle.response_complete)

    def _expect_head(self) -> None:
        if self._head_timer is None:
            self._head_bytes = 0
            self._head_timer = self.loop.call_later(self.seconds_for_head, self._give_up)

    def _stop_expecting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _give_up(self) -> None:
        if self._head_bytes:
            self._refuse(HeadTooSlow())
        else:
            self.transport.close()

    def _refuse(self, error: Exception) -> None:
        self._stop_expecting()
        # A second answer must not be mixed into an answer in progress.
        if not self.transport.is_closing() and self._is_idle():
            self.transport.write(_answer(error))
        self.transport.close()


class BufferedTransport:
    """A transport that buffers writes until the next turn of the event loop.

    uvicorn writes an answer's head and body separately; buffering puts both into one packet. The
    answers of a batch then leave one after the other, which wakes clients at less cost.
    """

    __slots__ = ("_kept", "_loop", "_transport", "is_closing")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._kept: list[bytes] = []
        self.is_closing = transport.is_closing

    def write(self, data: bytes) -> None:
        """Send the data at the next turn, together with all other writes until then."""
        if not self._kept:
            self._loop.call_soon(self._send)
        self._kept.append(data)

    def close(self) -> None:
        """Send the buffered data, then close."""
        self._send()
        self._transport.close()

    def _send(self) -> None:
        pieces, self._kept = self._kept, []
        if pieces and not self.is_closing():  # the client can have left since the write
            self._transport.writelines(pieces)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


def _answer(error: Exception) -> bytes:
    answer = JSON_ERRORS(error)
    status = HTTPStatus(answer.status)
    body = msgspec.json.encode(answer.body)
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n"
        "cache-control: no-store\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body
