"""A TCP proxy that puts a bad network between two programs."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Coroutine
from threading import Thread
from typing import Any, Self

from testing.waiting import free_port

RESET_INSTEAD_OF_FAREWELL = struct.pack("ii", 1, 0)  # linger on, for zero seconds


class FaultyProxy:
    """Forwards connections from `port` on loopback to the port `target`, until told to misbehave.

    The proxy lives in a thread of its own, so the commands work from any thread or event loop; each
    returns when its fault is in force.
    """

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self.target = target
        self.accepted = 0
        self._pipes: set[asyncio.Task[None]] = set()
        self._requests_flow = asyncio.Event()
        self._answers_flow = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="faulty-proxy")

    def __enter__(self) -> Self:
        self._thread.start()
        self.release()
        self.listen()
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def open(self) -> int:
        """How many connections are being forwarded now."""
        return len(self._pipes)

    def stall(self, *, requests: bool = True, answers: bool = True) -> None:
        """Hold what is sent in these directions; connections stay open and new ones are accepted.

        What is held is delivered by `release`, even if its sender has given up in the meantime.
        """
        self._do(self._let_flow(requests=not requests, answers=not answers))

    def release(self) -> None:
        self._do(self._let_flow(requests=True, answers=True))

    def cut(self) -> None:
        """Reset every open connection on both sides; what was held is lost. New ones can come."""
        self._do(self._cut())

    def refuse(self) -> None:
        """Refuse new connections; those that are open stay."""
        self._do(self._stop_listening())

    def listen(self) -> None:
        """Accept connections, as at the start and again after `refuse`."""
        self._do(self._listen())

    # How it is done; everything below runs in the proxy's own loop.

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10.0)

    async def _let_flow(self, *, requests: bool, answers: bool) -> None:
        for gate, is_open in ((self._requests_flow, requests), (self._answers_flow, answers)):
            if is_open:
                gate.set()
            else:
                gate.clear()

    async def _listen(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._listener.setblocking(False)
        self._loop.add_reader(self._listener, self._accept)

    async def _stop_listening(self) -> None:
        if self._listener.fileno() != -1:
            self._loop.remove_reader(self._listener)
        self._listener.close()

    async def _cut(self) -> None:
        for pipe in self._pipes:
            pipe.cancel()
        await asyncio.gather(*self._pipes, return_exceptions=True)

    async def _close(self) -> None:
        await self._stop_listening()
        await self._cut()

    # asyncio's own server forgets connections that arrive at the moment when it is closed.
    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        self.accepted += 1
        pipe = self._loop.create_task(self._forward(connection))
        self._pipes.add(pipe)
        pipe.add_done_callback(self._pipes.discard)
        pipe.add_done_callback(lambda _: connection.close())

    async def _forward(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            requests, client = await asyncio.open_connection(sock=connection)
            async with _closing(client):
                answers, server = await asyncio.open_connection("127.0.0.1", self.target)
                async with _closing(server):
                    await _both(
                        _pump(requests, server, self._requests_flow),
                        _pump(answers, client, self._answers_flow),
                    )


async def _pump(
    source: asyncio.StreamReader, sink: asyncio.StreamWriter, gate: asyncio.Event
) -> None:
    while data := await source.read(65_536):
        await gate.wait()
        sink.write(data)
        await sink.drain()
    await gate.wait()
    sink.write_eof()


async def _both(*pumps: Coroutine[Any, Any, None]) -> None:
    """Run both until they end; the first that finds its network broken ends the other."""
    try:
        async with asyncio.TaskGroup() as group:
            for pump in pumps:
                group.create_task(pump)
    except ExceptionGroup as broken:
        raise ConnectionError from broken


@contextlib.asynccontextmanager
async def _closing(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    try:
        yield
        writer.close()
        await writer.wait_closed()
    except asyncio.CancelledError:
        _reset(writer)
        raise
    except Exception:
        writer.close()
        raise


def _reset(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):  # the other end was faster
        connection: socket.socket = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_INSTEAD_OF_FAREWELL)
    writer.transport.abort()
