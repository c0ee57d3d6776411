"""Owns the one form of a network address."""

from ipaddress import IPv4Address, IPv6Address, ip_address


def network_address(text: str) -> IPv4Address | IPv6Address:
    """The address; an IPv4-mapped address (RFC 4291 section 2.5.5.2) is the IPv4 address.

    A zone is left out, because a zone names an interface of one machine, and says nothing on any
    other (RFC 4007 section 11.2).

    Raises:
        ValueError: not an address.
    """
    address = ip_address(text.partition("%")[0])
    return address if isinstance(address, IPv4Address) else address.ipv4_mapped or address
