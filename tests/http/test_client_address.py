"""Whose address a request counts for, by what the connection and its headers say."""

from typing import Any

import pytest

from interfaces.http.wire.client_address import TrustedProxies

PROXY = "10.1.2.3"


def seen(peer: str | None, *forwarded: str, networks: tuple[str, ...] = ("10.0.0.0/8",)) -> str:
    scope: Any = {
        "client": None if peer is None else (peer, 4711),
        "headers": [(b"host", b"x"), *((b"x-forwarded-for", one.encode()) for one in forwarded)],
    }
    return TrustedProxies(networks).client_address(scope)


def test_a_connection_without_a_peer_has_no_address() -> None:
    """As on a Unix socket. Nobody is trusted there, so nothing that is forwarded counts."""
    assert seen(None) == ""
    assert seen(None, "203.0.113.7") == ""
    assert seen("", "203.0.113.7") == ""
    assert seen(None, "203.0.113.7", networks=()) == ""


@pytest.mark.parametrize("network", ["10.1.2.3", "10.1.2.3/32", "10.1.2.9/24", "10.1.2.0/24"])
def test_a_network_may_be_named_by_any_of_its_addresses(network: str) -> None:
    assert seen(PROXY, "203.0.113.7", networks=(network,)) == "203.0.113.7"


def test_a_proxy_of_any_of_the_networks_is_believed() -> None:
    assert seen(PROXY, "203.0.113.7", networks=("fd00::/8", "10.0.0.0/8")) == "203.0.113.7"


def test_what_a_stranger_says_ends_the_chain() -> None:
    """The header is read from its end: the nearest party wrote last."""
    assert seen(PROXY, "6.6.6.6, 198.51.100.1, 10.9.9.9") == "198.51.100.1"
    assert seen(PROXY, "6.6.6.6", "198.51.100.1", "10.9.9.9") == "198.51.100.1"


@pytest.mark.parametrize(
    ("claimed", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("  203.0.113.7\t", "203.0.113.7"),
        ("203.0.113.7:1", "203.0.113.7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("[2001:db8::7]:1", "2001:db8::7"),
        ("[2001:DB8:0::7]]:1", "2001:db8::7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("[::ffff:203.0.113.7]:1", "203.0.113.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("unknown", PROXY),
        ("_hidden", PROXY),
        ("x203.0.113.7", PROXY),
        ("203.0.113.7:1:2", PROXY),
        ("\u00e4", PROXY),
        ("", PROXY),
    ],
)
def test_a_claimed_address_is_read_without_its_port(claimed: str, address: str) -> None:
    assert seen(PROXY, claimed) == address
