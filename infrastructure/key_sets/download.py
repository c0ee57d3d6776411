"""Downloads a key set: bounded in time and size, without redirects, from permitted addresses."""

import asyncio
import socket
import ssl
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import httpcore

from domain.key_sources import KeySource
from infrastructure.key_sets.addresses import is_reachable

LONGEST = 256 * 1024
"""Bytes of the longest key set."""
PATIENCE = 5.0
"""Seconds for the whole download, the look-up of the host name included."""
HEADERS: dict[str | bytes, str | bytes] = {
    "Accept": "application/jwk-set+json, application/json",
    "Accept-Encoding": "identity",
}


class DownloadFailed(Exception):
    """There is no document; the message says why."""


async def download(source: KeySource) -> bytes:
    """The document at the source's URL.

    Raises:
        DownloadFailed: not reachable, too slow, too long, or another answer than 200.
    """
    try:
        async with asyncio.timeout(PATIENCE):
            return await _get(source)
    except TimeoutError:
        raise DownloadFailed(f"it took longer than {PATIENCE:.0f} seconds") from None
    except (OSError, httpcore.NetworkError, httpcore.TimeoutException) as failed:
        raise DownloadFailed(f"the connection failed: {failed}") from None
    except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, UnicodeError):
        raise DownloadFailed("the answer is no HTTP") from None


async def _get(source: KeySource) -> bytes:
    pool = httpcore.AsyncConnectionPool(
        ssl_context=_tls(), max_connections=1, network_backend=_PermittedNetwork(source)
    )
    async with pool, pool.stream("GET", source.url, headers=HEADERS) as answer:
        if answer.status != 200:
            raise DownloadFailed(f"the answer has status {answer.status}")
        body = bytearray()
        async for part in answer.aiter_stream():
            body += part
            if len(body) > LONGEST:
                raise DownloadFailed(f"the answer is longer than {LONGEST} bytes")
        return bytes(body)


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """Trusts the certification authorities of this machine."""
    return ssl.create_default_context()


class _PermittedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to addresses that are permitted for the source, and checks what it connects to.

    The host name is looked up once, so nobody can change the address after it was checked.
    """

    def __init__(self, source: KeySource) -> None:
        self._source = source
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first permitted address that answers."""
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(address[0]) for *_, address in found))
        permitted = [address for address in addresses if is_reachable(address, self._source)]
        if not permitted:
            raise DownloadFailed("the host has no address that is permitted")
        for address in permitted[:-1]:
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address)
            except httpcore.NetworkError:
                continue
        return await self._network.connect_tcp(permitted[-1], port, timeout, local_address)
