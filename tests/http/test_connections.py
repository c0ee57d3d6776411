"""What broken, slow and abandoned connections meet, on a real server."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta

import pytest

from domain.sessions import Renewal, Session
from interfaces.http.server import connections
from interfaces.http.server.buffered_transport import BufferedTransport
from interfaces.http.wire.options import HttpOptions
from tests.support.checks.http_calls import Served, serving
from tests.support.fakes.builders import HOUR, NOON, a_token
from tests.support.fakes.http_over_fakes import HttpOverFakes

pytestmark = pytest.mark.anyio

PATIENCE = 1.0
HEAD = (
    b"POST /api/v1/authenticate/refresh HTTP/1.1\r\nHost: remint.test\r\n"
    b"Content-Type: application/json\r\n"
)


@pytest.fixture
def options() -> HttpOptions:
    return HttpOptions(
        patience=timedelta(seconds=PATIENCE), body_timeout=timedelta(milliseconds=300)
    )


@pytest.fixture
async def server(house: HttpOverFakes, options: HttpOptions) -> AsyncIterator[Served]:
    async with serving(house.app(options)) as server:
        yield server


def a_request(token: str) -> bytes:
    body = f'{{"refreshToken": "{token}"}}'.encode()
    return HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body


async def status_of(reader: asyncio.StreamReader) -> int:
    return int((await asyncio.wait_for(reader.readline(), 5)).split()[1])


def a_session_whose_parent_may_be_replayed(house: HttpOverFakes) -> tuple[Session, bytes]:
    session, _ = house.add_session(
        renewal=Renewal.ROTATING, generation=1, parent=0, rotated_at=NOON - HOUR
    )
    return session, a_request(house.text_of(a_token(session, generation=0)))


async def test_an_old_token_recovers_its_session_while_the_client_waits(
    house: HttpOverFakes, server: Served
) -> None:
    session, request = a_session_whose_parent_may_be_replayed(house)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request)
    assert await status_of(reader) == 200
    assert house.database.sessions[session.id].generation == 2
    writer.close()


async def test_a_request_whose_client_has_left_says_nothing_about_loss_or_theft(
    house: HttpOverFakes, server: Served
) -> None:
    session, request = a_session_whose_parent_may_be_replayed(house)
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request)
    writer.close()
    await server.app.is_done()
    assert house.database.sessions[session.id] == session


async def test_nobody_waits_for_anything_on_the_ordinary_path(
    house: HttpOverFakes, server: Served
) -> None:
    _, token = house.add_session()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(a_request(token))
    assert await asyncio.wait_for(status_of(reader), PATIENCE) == 200
    writer.close()


@pytest.mark.proves("H6")
async def test_a_body_in_chunks_is_measured_as_it_arrives(server: Served) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    for _ in range(17):
        writer.write(b"400\r\n" + b" " * 1024 + b"\r\n")
    assert await status_of(reader) == 413
    writer.close()


@pytest.mark.proves("H13")
async def test_a_body_that_does_not_arrive_is_not_waited_for(server: Served) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(HEAD + b'Content-Length: 100\r\n\r\n{"refresh')
    assert await status_of(reader) == 408
    writer.close()


@pytest.mark.proves("H13")
async def test_a_body_that_trickles_in_has_one_deadline_as_a_whole(server: Served) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(HEAD + b"Content-Length: 100\r\n\r\n")

    async def trickle() -> None:
        for _ in range(100):
            writer.write(b" ")
            await asyncio.sleep(0.05)

    trickling = asyncio.create_task(trickle())
    assert await asyncio.wait_for(status_of(reader), 2) == 408
    trickling.cancel()
    writer.close()


async def test_a_body_that_breaks_off_is_no_crash(
    server: Served, capfd: pytest.CaptureFixture[str]
) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(HEAD + b'Content-Length: 100\r\n\r\n{"refresh')
    await writer.drain()
    await asyncio.sleep(0.05)
    writer.close()
    await server.app.is_done()
    assert capfd.readouterr() == ("", "")


async def test_who_waits_to_be_asked_for_the_body_is_asked(
    house: HttpOverFakes, server: Served
) -> None:
    _, token = house.add_session()
    head, _, body = a_request(token).partition(b"\r\n\r\n")
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(head + b"\r\nExpect: 100-continue\r\n\r\n")
    assert await status_of(reader) == 100
    await reader.readuntil(b"\r\n")
    writer.write(body)
    assert await status_of(reader) == 200
    writer.close()


BROKEN_CHUNKS = [b"zz\r\nx\r\n", b"5\r\nabcdefg\r\n", b"-1\r\n", b"1;\0\r\n", b"f" * 17 + b"\r\n"]


@pytest.mark.parametrize("chunks", BROKEN_CHUNKS, ids=repr)
async def test_a_body_whose_framing_breaks_is_answered_400_and_the_connection_ends(
    server: Served, chunks: bytes
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    await writer.drain()
    await asyncio.sleep(0.05)
    writer.write(chunks)
    answer = await asyncio.wait_for(reader.read(), 5)
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert answer.count(b"HTTP/1.1") == 1
    assert b'"code":"badRequest"' in answer
    await server.app.is_done()
    writer.close()


@pytest.mark.parametrize("surplus", [b"x", b"\x00", b"GET /\r\n\r\n", b"GET / HTTP/9\r\n\r\n"])
async def test_bytes_behind_a_request_do_not_cost_it_its_answer(
    house: HttpOverFakes, server: Served, surplus: bytes
) -> None:
    session, request = a_session_whose_parent_may_be_replayed(house)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request + surplus)
    answer = await asyncio.wait_for(reader.read(), 5)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"refreshToken" in answer
    assert house.database.sessions[session.id].generation == 2
    writer.close()


async def test_a_body_that_breaks_behind_its_answer_gets_no_second_answer(server: Served) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(HEAD.replace(b"application/json", b"text/plain"))
    writer.write(b"Transfer-Encoding: chunked\r\n\r\n" + b"5000\r\n" + b"x" * 0x5000)
    assert await status_of(reader) == 413
    writer.write(b"no chunk")
    answer = await asyncio.wait_for(reader.read(), 5)
    assert b"HTTP/1.1" not in answer
    writer.close()


async def test_a_client_that_reads_nothing_loses_its_connection(
    server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "SECONDS_TO_READ", 0.3)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1024)
    reader._transport.pause_reading()  # type: ignore[attr-defined]
    request = b"GET /openapi.json HTTP/1.1\r\nHost: remint.test\r\n\r\n"

    async def ask_without_end() -> None:
        while True:
            writer.write(request * 50)
            await writer.drain()
            await asyncio.sleep(0.01)

    with pytest.raises(ConnectionError):
        await asyncio.wait_for(ask_without_end(), 20)


class Recorder(asyncio.Transport):
    """The calls that a transport receives, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[object] = []

    def writelines(self, pieces: Iterable[bytes]) -> None:  # type: ignore[override]
        self.told.append(list(pieces))

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return "close" in self.told

    def close(self) -> None:
        self.told.append("close")


async def test_an_answer_leaves_in_one_piece_and_before_the_connection_closes() -> None:
    recorder = Recorder()
    connection = BufferedTransport(recorder, asyncio.get_running_loop())
    connection.write(b"head")
    connection.write(b"body")
    assert recorder.told == []
    await asyncio.sleep(0)
    assert recorder.told == [[b"head", b"body"]]
    connection.write(b"the last answer")
    connection.close()
    connection.write(b"too late")
    await asyncio.sleep(0)
    assert recorder.told[1:] == [[b"the last answer"], "close"]
