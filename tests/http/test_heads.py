"""A connection that brings no request in time, or too much of a head, costs us little."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from litestar.types import Receive, Scope, Send

from interfaces.http.server.connections import LONGEST_HEAD, BoundedConnection
from tests.support.checks.http_calls import Served, serving

pytestmark = pytest.mark.anyio

QUICK = 0.3
REQUEST = b"GET / HTTP/1.1\r\nHost: remint.test\r\n\r\n"


class Quick(BoundedConnection):
    """One that does not wait long."""

    seconds_for_head = QUICK


async def done(scope: Scope, receive: Receive, send: Send) -> None:
    await send(
        {"type": "http.response.start", "status": 204, "headers": [(b"content-length", b"0")]}
    )
    await send({"type": "http.response.body", "body": b"", "more_body": False})


@pytest.fixture
async def server() -> AsyncIterator[Served]:
    async with serving(done, Quick) as server:
        yield server


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def connection(server: Served) -> AsyncIterator[Connection]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    yield reader, writer
    writer.close()


async def said(connection: Connection) -> tuple[int, dict[str, str]]:
    """Status and error of the answer that ends the connection."""
    answer = await asyncio.wait_for(connection[0].read(), 5)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"connection: close" in head
    error = json.loads(body)["error"]
    return int(head.split()[1]), error


async def test_a_connection_that_says_nothing_is_closed(connection: Connection) -> None:
    assert await asyncio.wait_for(connection[0].read(), 5) == b""


@pytest.mark.proves("H2", "H13")
async def test_a_head_that_trickles_in_is_cut_off_in_our_shape(
    connection: Connection,
) -> None:
    async def trickle() -> None:
        connection[1].write(b"GET /")
        for _ in range(100):
            connection[1].write(b"x")
            await asyncio.sleep(QUICK / 10)

    trickling = asyncio.create_task(trickle())
    status, error = await said(connection)
    trickling.cancel()
    assert (status, error["code"], error["target"]) == (408, "headTooSlow", "headers")


async def test_blank_lines_keep_no_connection_alive(connection: Connection) -> None:
    reader, writer = connection
    writer.write(REQUEST)
    assert b"204" in await reader.readline()
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"\r\n")
    assert await asyncio.wait_for(reader.read(), 5) == b""


async def test_between_requests_a_connection_may_rest(connection: Connection) -> None:
    reader, writer = connection
    for _ in range(3):
        writer.write(REQUEST)
        assert b"204" in await asyncio.wait_for(reader.readline(), 5)
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(QUICK * 1.5)


@pytest.mark.proves("H2", "H13")
async def test_headers_without_end_are_cut_off_in_our_shape(connection: Connection) -> None:
    begun = b"GET / HTTP/1.1\r\nX: "
    connection[1].write(begun.ljust(LONGEST_HEAD + 1, b"x"))
    status, error = await said(connection)
    assert (status, error["code"]) == (431, "headTooLarge")


@pytest.mark.proves("H2")
@pytest.mark.parametrize(
    "words",
    [b"no http at all\r\n\r\n", b"GET / HTTP/1.1\r\nBad Header\r\n\r\n", b"\x16\x03\x01\x00"],
)
async def test_what_is_no_http_is_told_so_in_our_shape(
    connection: Connection, words: bytes
) -> None:
    connection[1].write(words)
    status, error = await said(connection)
    assert (status, error["code"]) == (400, "badRequest")
    assert set(error) == {"code", "message", "target", "details"}
