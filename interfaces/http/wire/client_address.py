"""Owns which address a request counts for."""

import ipaddress
from collections.abc import Iterable

from litestar.types import Scope


class TrustedProxies:
    """Believes X-Forwarded-For as far as the chain of configured proxies reaches, and no further.

    Only that one header is read: a proxy that sets one and passes on the other would let clients
    choose their address.
    """

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = [ipaddress.ip_network(network, strict=False) for network in networks]

    def client_address(self, scope: Scope) -> str:
        """The address of the nearest party that is not a trusted proxy; empty if unknown."""
        client = scope["client"]
        address = client[0] if client else ""
        if not self._networks:
            return address
        for claimed in reversed(_forwarded_for(scope)):
            parsed = _parse(claimed)
            if parsed is None or not self._trusts(address):
                break
            address = parsed
        return address

    def _trusts(self, address: str) -> bool:
        parsed = ipaddress.ip_address(address) if _parse(address) else None
        return parsed is not None and any(parsed in network for network in self._networks)


def _forwarded_for(scope: Scope) -> list[str]:
    values = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return b",".join(values).decode("latin-1").split(",") if values else []


def _parse(text: str) -> str | None:
    """The address alone, without the port that some proxies add; None for anything else."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
