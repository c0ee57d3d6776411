"""Downloads from real servers: slow, gone, endless, redirecting, on other networks."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trustme

from domain.key_sources import KeySource, Reach, published_at
from infrastructure.key_sets import download as downloading
from infrastructure.key_sets.addresses import is_reachable
from infrastructure.key_sets.download import LONGEST, DownloadFailed, download
from testing.waiting import free_port

pytestmark = pytest.mark.anyio

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]
KEYS = json.dumps({"keys": []}).encode()


def saying(status: str, body: bytes = b"", **headers: str) -> Answer:
    async def answer(writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)

    return answer


async def silent(_: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def trickling(writer: asyncio.StreamWriter) -> None:
    """One byte after the other, so that no single read is slow."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def endless(writer: asyncio.StreamWriter) -> None:
    """A hundred megabytes and more, whose length is not told."""
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while True:
        writer.write(b" " * 65536)
        await writer.drain()


async def no_http(writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")


async def cut_off(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")


@asynccontextmanager
async def serving(
    answer: Answer, tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server on a free port, and the heads of the requests that it got."""
    requests: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            requests.append(await reader.readuntil(b"\r\n\r\n"))
            await answer(writer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    tasks = asyncio.all_tasks()
    try:
        yield server.sockets[0].getsockname()[1], requests
    finally:
        server.close()
        for task in asyncio.all_tasks() - tasks:
            task.cancel()


async def failure(answer: Answer) -> str:
    async with serving(answer) as (port, requests):
        with pytest.raises(DownloadFailed) as failed:
            await download(published_at(f"http://127.0.0.1:{port}/keys"))
        assert len(requests) == 1
    return str(failed.value)


async def test_what_is_published_is_downloaded() -> None:
    async with serving(saying("200 OK", KEYS)) as (port, requests):
        source = published_at(f"http://localhost:{port}/keys?of=shop")
        assert await download(source) == KEYS
    [head] = requests
    assert head.startswith(b"GET /keys?of=shop HTTP/1.1\r\n")
    assert b"Accept-Encoding: identity" in head


async def test_the_longest_key_set_is_downloaded_and_no_longer_one() -> None:
    async with serving(saying("200 OK", b"x" * LONGEST)) as (port, _):
        assert len(await download(published_at(f"http://127.0.0.1:{port}/"))) == LONGEST
    assert "longer than" in await failure(saying("200 OK", b"x" * (LONGEST + 1)))
    assert "longer than" in await failure(endless)


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"]
)
async def test_no_redirect_is_followed(status: str) -> None:
    async with serving(saying("200 OK", KEYS)) as (port, requests):
        said = await failure(saying(status, Location=f"http://127.0.0.1:{port}/"))
        assert f"status {status[:3]}" in said
        assert not requests


@pytest.mark.parametrize("status", ["204 No Content", "404 Not Found", "503 Service Unavailable"])
async def test_another_status_is_a_failure(status: str) -> None:
    assert f"status {status[:3]}" in await failure(saying(status, KEYS))


@pytest.mark.parametrize("answer", [silent, trickling])
async def test_a_slow_server_is_left(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloading, "PATIENCE", 0.3)
    assert "longer than" in await failure(answer)


@pytest.mark.parametrize("answer", [no_http, cut_off])
async def test_a_broken_answer_is_a_failure(answer: Answer) -> None:
    assert await failure(answer)


async def test_a_server_that_is_gone_is_a_failure() -> None:
    with pytest.raises(DownloadFailed, match="connection failed"):
        await download(published_at(f"http://127.0.0.1:{free_port()}/"))


async def test_a_host_without_address_is_a_failure() -> None:
    with pytest.raises(DownloadFailed, match="connection failed"):
        await download(published_at("https://keys.invalid/"))


async def test_a_certificate_that_nobody_trusts_is_a_failure() -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("localhost").configure_cert(tls)
    async with serving(saying("200 OK", KEYS), tls) as (port, requests):
        with pytest.raises(DownloadFailed, match="connection failed"):
            await download(published_at(f"https://localhost:{port}/"))
        assert not requests


async def test_a_trusted_certificate_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA()
    tls, trusting = (
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH),
        ssl.create_default_context(),
    )
    authority.issue_cert("localhost").configure_cert(tls)
    authority.configure_trust(trusting)
    monkeypatch.setattr(downloading, "_tls", lambda: trusting)
    async with serving(saying("200 OK", KEYS), tls) as (port, _):
        assert await download(published_at(f"https://localhost:{port}/")) == KEYS


async def test_a_name_that_leads_to_this_machine_is_not_followed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An issuer whose name resolves to an address inside reaches nothing there."""
    async with serving(saying("200 OK", KEYS)) as (port, requests):

        async def resolved(*_: Any, **__: Any) -> list[Any]:
            return [(2, 1, 6, "", ("127.0.0.1", port)), (2, 1, 6, "", ("10.0.0.7", port))]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolved)
        for reach in (Reach.PUBLIC, Reach.PRIVATE):
            monkeypatch.setattr(downloading, "PATIENCE", 0.3)
            with pytest.raises(DownloadFailed):
                await download(published_at(f"https://keys.example:{port}/", reach))
        assert not requests


PUBLIC = published_at("https://keys.example/")
PRIVATE = published_at("https://keys.example/", Reach.PRIVATE)
HERE = published_at("http://localhost:3000/")


@pytest.mark.parametrize(
    ("address", "reaching"),
    [
        ("93.184.215.14", {PUBLIC, PRIVATE}),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", {PUBLIC, PRIVATE}),
        ("127.0.0.1", {HERE}),
        ("127.8.9.10", {HERE}),
        ("::1", {HERE}),
        ("::ffff:127.0.0.1", {HERE}),
        ("10.0.0.7", {PRIVATE}),
        ("172.16.0.1", {PRIVATE}),
        ("192.168.1.1", {PRIVATE}),
        ("::ffff:10.0.0.7", {PRIVATE}),
        ("fd00::1", {PRIVATE}),
        ("2002:0a00:0007::1", {PRIVATE}),
        ("169.254.169.254", set()),
        ("::ffff:169.254.169.254", set()),
        ("fe80::1", set()),
        ("224.0.0.1", set()),
        ("ff02::1", set()),
        ("0.0.0.0", set()),
        ("::", set()),
        ("100.64.0.1", set()),
    ],
)
def test_each_source_reaches_its_network_alone(address: str, reaching: set[KeySource]) -> None:
    found = {source for source in (PUBLIC, PRIVATE, HERE) if is_reachable(address, source)}
    assert found == reaching
