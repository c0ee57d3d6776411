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
    """As on a Unix socket, whose peer is trusted only if the settings name it."""
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


@pytest.mark.parametrize("networks", [("unix",), ("10.0.0.0/8", "unix")])
def test_a_proxy_on_a_unix_socket_can_be_named(networks: tuple[str, ...]) -> None:
    assert seen(None, "203.0.113.7", networks=networks) == "203.0.113.7"
    assert seen("", "6.6.6.6, 203.0.113.7", networks=networks) == "203.0.113.7"
    assert seen(None, networks=networks) == ""


def test_the_name_of_the_unix_socket_is_no_address() -> None:
    assert seen("192.0.2.1", "203.0.113.7", networks=("unix",)) == "192.0.2.1"
    assert seen(None, "unix", networks=("unix",)) == ""


@pytest.mark.parametrize("networks", [(), ("198.51.100.0/24",)])
@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::FFFF:c000:0201", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("2001:DB8:0:0::7", "2001:db8::7"),
        ("192.0.2.1", "192.0.2.1"),
        ("testclient", "testclient"),
    ],
)
def test_the_address_of_a_peer_has_one_form(
    peer: str, address: str, networks: tuple[str, ...]
) -> None:
    assert seen(peer, networks=networks) == address


@pytest.mark.parametrize("network", ["::ffff:10.0.0.0/104", "::ffff:a01:203", "10.1.2.3"])
@pytest.mark.parametrize("peer", ["10.1.2.3", "::ffff:10.1.2.3"])
def test_a_network_of_mapped_addresses_is_the_ipv4_network(network: str, peer: str) -> None:
    assert seen(peer, "fe80::7%a, ::ffff:203.0.113.7", networks=(network,)) == "203.0.113.7"


def test_a_zone_makes_no_second_client_of_one_address() -> None:
    assert seen("fe80::1%eth0", "2001:db8::7%1", networks=("fe80::/10",)) == "2001:db8::7"
