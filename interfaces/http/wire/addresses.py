"""Owns the one form in which network addresses are written."""

import ipaddress
from functools import lru_cache

from domain.network_addresses import network_address

UNIX_SOCKET = "unix"
"""What the settings call the peer of a connection over a Unix socket, which has no address."""
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")


def canonical_network(text: str) -> Network:
    """The network; of IPv4-mapped IPv6 addresses (RFC 4291 section 2.5.5.2) the IPv4 network.

    Raises:
        ValueError: not a network.
    """
    network = ipaddress.ip_network(text, strict=False)
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_MAPPED):
        address = int(network.network_address) & 0xFFFFFFFF
        return ipaddress.IPv4Network((address, network.prefixlen - 96))
    return network


# A cache because the same proxies and clients come again and again.
@lru_cache(1024)
def canonical_address(text: str) -> str | None:
    """The address alone, without the port that some proxies add; None for anything else."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(network_address(text))
    except ValueError:
        return None
