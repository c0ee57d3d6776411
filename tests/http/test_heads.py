"""A connection that brings no request in time, or too much of a head, costs the server little."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime

import pytest
from litestar.types import Receive, Scope, Send

from interfaces.http.server import buffered_transport
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


async def test_a_refusal_reaches_a_client_that_is_still_sending(connection: Connection) -> None:
    reader, writer = connection
    writer.write(b"GET / HTTP/1.1\r\nX: ".ljust(LONGEST_HEAD + 1, b"x"))
    await asyncio.sleep(0.1)
    for _ in range(20):
        writer.write(b"x" * 50_000)
        await writer.drain()
        await asyncio.sleep(0.01)
    status, error = await said((reader, writer))
    assert (status, error["code"]) == (431, "headTooLarge")


async def test_a_refused_client_that_never_leaves_is_left(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buffered_transport, "SECONDS_TO_LEAVE", 0.2)
    reader, writer = connection
    writer.write(b"no http at all\r\n\r\n")
    await reader.read()

    async def send_without_end() -> None:
        while True:
            writer.write(b"x" * 1000)
            await writer.drain()
            await asyncio.sleep(0.05)

    with pytest.raises(ConnectionError):
        await asyncio.wait_for(send_without_end(), 5)


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


@pytest.mark.parametrize("pieces", [1, 2, 3])
async def test_a_long_head_is_refused_however_many_packets_bring_it(
    connection: Connection, pieces: int
) -> None:
    head = b"GET / HTTP/1.1\r\nHost: remint.test\r\n"
    head += b"X: " + b"x" * 30_000 + b"\r\nY: " + b"y" * 30_000 + b"\r\n\r\n"
    size = len(head) // pieces + 1
    for start in range(0, len(head), size):
        connection[1].write(head[start : start + size])
        await asyncio.sleep(0.05)
    status, error = await said(connection)
    assert (status, error["code"]) == (431, "headTooLarge")


async def test_a_long_body_in_the_same_packet_makes_no_head_long(connection: Connection) -> None:
    reader, writer = connection
    body = b"x" * 40_000
    writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 40000\r\n\r\n" + body)
    assert b"204" in await reader.readline()


HOST = b"Host: remint.test\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
FAULTY = [
    (b"GET / HTTP/1.1\r\n", 400, "badRequest"),
    (b"GET / HTTP/1.1\r\n" + HOST + HOST, 400, "badRequest"),
    (b"GET / HTTP/1.1\r\n" + HOST + b"hOST: evil.example\r\n", 400, "badRequest"),
    (b"GET / HTTP/1.0\r\n" + HOST + HOST, 400, "badRequest"),
    (b"GET / HTTP/2.0\r\n" + HOST, 505, "unsupportedVersion"),
    (b"GET / HTTP/0.9\r\n" + HOST, 505, "unsupportedVersion"),
    (b"POST / HTTP/1.0\r\n" + HOST + CHUNKED, 400, "badRequest"),
    (
        b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip, chunked\r\n",
        501,
        "unsupportedTransferCoding",
    ),
    (b"POST / HTTP/1.1\r\n" + HOST + CHUNKED + CHUNKED, 400, "badRequest"),
    (
        b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip\r\n",
        501,
        "unsupportedTransferCoding",
    ),
    (b"POST / HTTP/1.1\r\n" + HOST + CHUNKED + b"Content-Length: 3\r\n", 400, "badRequest"),
    (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\n" * 2, 400, "badRequest"),
]


@pytest.mark.parametrize(("head", "status", "code"), FAULTY, ids=lambda value: repr(value)[:60])
async def test_a_head_that_could_be_read_in_two_ways_is_refused(
    connection: Connection, server: Served, head: bytes, status: int, code: str
) -> None:
    connection[1].write(head + b"\r\n")
    answer = await said(connection)
    assert (answer[0], answer[1]["code"]) == (status, code)
    assert server.app.done == 0


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.0\r\n",
        b"GET / HTTP/1.1\r\nHost:\r\n",
        b"GET http://remint.test/ HTTP/1.1\r\n" + HOST,
        b"GET / HTTP/1.1\r\n" + HOST + b"TE: trailers\r\n",
        b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: Chunked\r\n",
    ],
)
async def test_an_unusual_head_with_one_meaning_is_read(
    connection: Connection, head: bytes
) -> None:
    connection[1].write(head + b"\r\n")
    assert b"204" in await asyncio.wait_for(connection[0].readline(), 5)


@pytest.mark.parametrize("request_line", [b"GET / HTTP/1.1", b"GET / HTTP/3.0"])
async def test_every_answer_has_its_date(connection: Connection, request_line: bytes) -> None:
    connection[1].write(request_line + b"\r\n" + HOST + b"\r\n")
    head = await asyncio.wait_for(connection[0].readuntil(b"\r\n\r\n"), 5)
    [date] = re.findall(rb"\r\n[Dd]ate: ([^\r]+)\r\n", head)
    assert abs(parsedate_to_datetime(date.decode()).timestamp() - time.time()) < 5
