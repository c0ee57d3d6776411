"""One network address has one form, and one key in the throttle."""

import pytest

from domain.login_throttle import source_key
from domain.network_addresses import network_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::FFFF:c000:0207", "192.0.2.7"),
        ("2001:DB8:0::7", "2001:db8::7"),
        ("fe80::1%eth0", "fe80::1"),
        ("::", "::"),
    ],
)
def test_every_spelling_is_one_address_and_one_source(text: str, address: str) -> None:
    assert str(network_address(text)) == address
    assert source_key(text) == source_key(address)


@pytest.mark.parametrize("text", ["", "a socket", "192.0.2.7:80", "192.0.2.07", "::1::"])
def test_another_text_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        network_address(text)
