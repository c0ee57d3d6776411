"""Owns to which network addresses Remint connects for a key set."""

from ipaddress import IPv4Address, IPv6Address, ip_address

from domain.key_sources import KeySource, Reach


def is_reachable(address: str, source: KeySource) -> bool:
    """Whether Remint connects to that address for the source.

    A URL that names this machine reaches this machine alone, and no other URL does. Addresses of
    private networks are for sources that an operator marked. Link-local addresses, where clouds
    publish credentials, are never reached.
    """
    ip = _unwrapped(address)
    if source.is_on_this_machine or ip.is_loopback:
        return source.is_on_this_machine and ip.is_loopback
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        return False
    return ip.is_global or (source.reach is Reach.PRIVATE and ip.is_private)


def _unwrapped(address: str) -> IPv4Address | IPv6Address:
    """The address; the IPv4 address inside one that only wraps it."""
    ip = ip_address(address)
    if isinstance(ip, IPv6Address):
        return ip.ipv4_mapped or ip.sixtofour or ip
    return ip
