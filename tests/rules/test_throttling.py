"""Under which keys failed log-ins are counted."""

import pytest

from domain.login_throttle import account_key, name_key, source_key
from tests.support.fakes.builders import a_user


@pytest.mark.proves("G6")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("192.0.2.7", "::ffff:192.0.2.7"),
        ("2001:db8::1", "2001:db8::ffff:1"),
        ("2001:db8::1", "2001:DB8:0:0:9::1"),
        ("fe80::1%eth0", "fe80::2%eth1"),
    ],
)
def test_addresses_of_one_host_are_one_source(one: str, other: str) -> None:
    """The owner of an IPv6 network owns 2**64 addresses."""
    assert source_key(one) == source_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("192.0.2.7", "192.0.2.8"),
        ("2001:db8::1", "2001:db8:0:1::1"),
        ("2001:db8::", "2001:db8:0:1::"),
        ("fe80::1%eth0", "fe81::1%eth0"),
        ("a socket", ""),
    ],
)
def test_other_hosts_are_other_sources(one: str, other: str) -> None:
    assert source_key(one) != source_key(other)


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "source:192.0.2.7"),
        ("::ffff:192.0.2.7", "source:192.0.2.7"),
        ("2001:db8::1:0:0:1", "source:2001:db8::/64"),
        ("2001:db8::8000:0:0:1", "source:2001:db8::/64"),
        ("fe80::1%eth0", "source:fe80::/64"),
        ("fe80::1%a%b", "source:fe80::/64"),
        ("a socket", "source:a socket"),
        ("", "source:"),
    ],
)
def test_a_source_is_an_ipv4_address_or_an_ipv6_network(address: str, key: str) -> None:
    """An address that differs only in its 65th bit belongs to the same network."""
    assert source_key(address) == key


def test_an_account_is_never_mistaken_for_a_source() -> None:
    user = a_user()
    keys = [account_key(user), name_key(str(user.id)), name_key("192.0.2.7")]
    assert len({*keys, source_key("192.0.2.7")}) == 4
