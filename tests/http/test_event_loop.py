"""A client that begins no TLS handshake is not waited for."""

import asyncio
import ssl

import pytest
import trustme

from interfaces.http.server import event_loop
from interfaces.http.server.event_loop import EventLoop


async def silence_is_cut_off(context: ssl.SSLContext) -> bool:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(asyncio.Protocol, "127.0.0.1", 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        said = await asyncio.wait_for(reader.read(), 5)
        writer.close()
    return said == b""


def test_a_silent_handshake_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_loop, "SECONDS_FOR_HANDSHAKE", 0.2)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with asyncio.Runner(loop_factory=EventLoop) as runner:
        assert runner.run(silence_is_cut_off(context))
