"""Owns the connection: how a request's head is bounded and judged, and how broken framing ends."""

import asyncio
from http import HTTPStatus
from typing import Any, ClassVar

import msgspec
from litestar.exceptions import ClientException
from uvicorn.config import Config
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from interfaces.http.server.buffered_transport import SECONDS_TO_READ, BufferedTransport
from interfaces.http.server.connection_budget import (
    BUDGET,
    ConnectionBudget,
    backlog,
    exhausted,
)
from interfaces.http.server.headers import NO_STORE, NOSNIFF
from interfaces.http.wire.json_errors import JSON_ERRORS
from interfaces.http.wire.request_errors import (
    HeadTooLarge,
    HeadTooSlow,
    UnsupportedTransferCoding,
    UnsupportedVersion,
)

Headers = list[tuple[bytes, bytes]]
LONGEST_HEAD = 32 * 1024
"""Bytes. Common proxies have a similar limit."""
VERSIONS = ("1.1", "1.0")
TRANSFER_ENCODING = b"transfer-encoding"


class BoundedConnection(HttpToolsProtocol):
    """uvicorn's connection, with bounds: uvicorn would wait for ever, for any number of headers.

    The errors that this connection answers by itself have the error body of the API. After such an
    error, bytes are no longer read: where a broken request ends, the next one begins nowhere.
    """

    seconds_for_head: ClassVar[float] = 10.0

    _head_timer: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _is_amid_head = False
    _unread_timer: asyncio.TimerHandle | None = None
    _received = 0
    _refusal: Exception | None = None
    _is_broken = False
    _budget: ConnectionBudget | None = None
    _all: "set[BoundedConnection]"

    def __init__(self, config: Config, server_state: ServerState, *more: Any, **named: Any) -> None:
        super().__init__(config, server_state, *more, **named)
        self._all = self.connections  # type: ignore[assignment]  # this process has no others
        if self.app_state:
            self._budget = self.app_state.get(BUDGET)
        # `server.trusted_proxies` decides whose X-Forwarded-For counts, not uvicorn's own default.
        if isinstance(self.app, ProxyHeadersMiddleware):
            self.app = self.app.app
        if config.server_header:
            config.server_header = False
            config.encoded_headers = _without_server(config.encoded_headers)
            server_state.default_headers = _without_server(server_state.default_headers)

    def connection_made(  # type: ignore[override]  # as uvicorn: over TCP, it is a Transport
        self, transport: asyncio.Transport
    ) -> None:
        super().connection_made(transport)
        # BufferedTransport implements the part of asyncio.Transport that uvicorn uses.
        self.transport = BufferedTransport(transport, self.loop)  # type: ignore[assignment]
        self._expect_head()
        if self._budget is not None:
            self._admit(self._budget)

    def data_received(self, data: bytes) -> None:
        if self._is_broken:
            return
        self._received = len(data)
        super().data_received(data)
        if self._is_broken:
            return
        # Most heads arrive in one read and need no timer.
        if self._is_amid_head:
            self._expect_head()
        if self._head_timer is not None:
            self._head_bytes += len(data)
            if self._head_bytes > LONGEST_HEAD:
                self._refuse(HeadTooLarge())
        elif self._is_idle():
            self._expect_head()  # bytes without a head so far, such as a blank line

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread_timer = self.loop.call_later(SECONDS_TO_READ, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._unread_timer is not None:
            self._unread_timer.cancel()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_amid_head = True

    def on_headers_complete(self) -> None:
        self._is_amid_head = False
        too_long = self._head_bytes + self._received > LONGEST_HEAD and self._head_is_too_long()
        self._stop_expecting()
        error = HeadTooLarge() if too_long else head_error(self._version(), self.headers)
        if error is not None:
            self._refusal = error
            raise error  # the parser stops, and uvicorn calls send_400_response
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_expecting()
        super().connection_lost(exc)
        if self._budget is not None:
            self._budget.release(self._all)

    @property
    def idle_since(self) -> float | None:
        """See Closable: when the last answer left, or when the connection was made."""
        if self._is_broken or self.transport.is_closing():
            return None
        if self.timeout_keep_alive_task is not None:
            return self.timeout_keep_alive_task.when() - self.timeout_keep_alive
        if self._head_timer is not None and not self._head_bytes:
            return self._head_timer.when() - self.seconds_for_head
        return None

    def send_400_response(self, msg: str) -> None:
        self._refuse(self._refusal or ClientException())

    def _admit(self, budget: ConnectionBudget) -> None:
        if budget.admit(self._all):
            return
        # Those that read their refusal take files, too.
        few_linger = len(self.connections) <= budget.most + backlog()
        self._refuse(exhausted(budget.most), lingering=few_linger)

    def _version(self) -> str:
        return self.parser.get_http_version()

    def _head_is_too_long(self) -> bool:
        lines = sum(len(name) + len(value) + len(b": \r\n") for name, value in self.headers)
        return lines + len(self.url) > LONGEST_HEAD

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

    def _refuse(self, error: Exception, *, lingering: bool = True) -> None:
        """Answer the request that is broken; every request before it gets its own answer."""
        self._stop_expecting()
        self._is_broken = True
        self.transport.lingers = lingering  # type: ignore[attr-defined]  # see connection_made
        if self._is_idle():
            # A second answer to the request before would be taken for that to the next one.
            belongs_to_an_answered_request = self.cycle is not None and self.cycle.more_body
            self._close_with(None if belongs_to_an_answered_request else error)
        elif self._refusal is None and self.cycle.more_body and not self.pipeline:
            # The body breaks off, so the application waits for it and has done nothing.
            is_answered = self.cycle.response_started
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self._close_with(None if is_answered else error)
        else:
            self.cycle.keep_alive = False

    def _close_with(self, error: Exception | None) -> None:
        if error is not None and not self.transport.is_closing():
            date = self.server_state.default_headers
            self.transport.write(_answer(error, date))
        self.transport.close()


def head_error(version: str, headers: Headers) -> Exception | None:
    """Why a head is refused that the parser accepts; None if nothing is wrong with it."""
    if version not in VERSIONS:
        return UnsupportedVersion()
    names = [name for name, _ in headers]
    hosts = names.count(b"host")
    if hosts > 1 or (hosts == 0 and version == "1.1"):  # RFC 9112 section 3.2
        return ClientException()
    if TRANSFER_ENCODING in names:
        if version == "1.0":  # RFC 9112 section 6.1
            return ClientException()
        codings = [value.strip().lower() for name, value in headers if name == TRANSFER_ENCODING]
        if codings != [b"chunked"]:
            return UnsupportedTransferCoding()
    return None


def _without_server(headers: Headers) -> Headers:
    return [(name, value) for name, value in headers if name.lower() != b"server"]


def _answer(error: Exception, more_headers: Headers) -> bytes:
    answer = JSON_ERRORS(error)
    status = HTTPStatus(answer.status)
    body = msgspec.json.encode(answer.body)
    headers = [
        *more_headers,
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        *[(name.encode(), value.encode()) for name, value in answer.headers.items()],
        NO_STORE,
        NOSNIFF,
        (b"connection", b"close"),
    ]
    lines = b"".join(b"%b: %b\r\n" % header for header in headers)
    start = f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode()
    return start + lines + b"\r\n" + body
