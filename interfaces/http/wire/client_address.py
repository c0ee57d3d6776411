"""Owns which address a request counts for."""

import ipaddress
from collections.abc import Iterable

from litestar.types import Scope

from interfaces.http.wire.addresses import UNIX_SOCKET, canonical_address, canonical_network


class TrustedProxies:
    """Believes X-Forwarded-For as far as the chain of configured proxies reaches, and no further.

    Only that one header is read: a proxy that sets one and passes on the other would let clients
    choose their address. Every address, of a peer or claimed, has one form, so that a client is
    trusted, counted, stored and shown under one name.
    """

    def __init__(self, peers: Iterable[str]) -> None:
        """`peers` are networks, and `unix` for the peer of a Unix socket."""
        named = list(peers)
        self._trusts_sockets = UNIX_SOCKET in named
        self._networks = [canonical_network(one) for one in named if one != UNIX_SOCKET]

    def client_address(self, scope: Scope) -> str:
        """The address of the nearest party that is not a trusted proxy; empty if unknown."""
        client = scope["client"]
        address = canonical_address(client[0]) or client[0] if client else ""
        if not self._networks and not self._trusts_sockets:
            return address
        for claimed in reversed(_forwarded_for(scope)):
            parsed = canonical_address(claimed)
            if parsed is None or not self._trusts(address):
                break
            address = parsed
        return address

    def _trusts(self, address: str) -> bool:
        if not address:
            return self._trusts_sockets
        parsed = ipaddress.ip_address(address) if canonical_address(address) else None
        return parsed is not None and any(parsed in network for network in self._networks)


def _forwarded_for(scope: Scope) -> list[str]:
    values = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return b",".join(values).decode("latin-1").split(",") if values else []
