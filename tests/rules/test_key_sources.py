"""From where Remint fetches key sets."""

import pytest

from domain.errors import InvalidKeySource
from domain.key_sources import LONGEST_URL, Reach, published_at

CANARY = "c4n4ry"


@pytest.mark.parametrize(
    "url",
    [
        "https://id.example/keys",
        "https://id.example:8443/realms/a/certs?x=%20",
        "https://10.0.0.7/keys",
        "https://[2001:db8::1]/keys",
        "http://localhost:3000/keys",
        "http://127.0.0.1/keys",
        "http://[::1]:8080/keys",
    ],
)
def test_a_safe_url_is_taken_as_it_is(url: str) -> None:
    assert published_at(url, Reach.PRIVATE).url == url
    assert published_at(url).reach is Reach.PUBLIC


@pytest.mark.parametrize(
    "url",
    [
        *("", "id.example/keys", "//id.example/keys", "https:///keys", "https://", "file:///etc/x"),
        *("http://id.example/keys", "http://localhost.example/keys", "http://127.0.0.2/keys"),
        *("ftp://id.example/keys", f"https://user:{CANARY}@id.example/"),
        *("https://user@id.example/", "https://@id.example/"),
        *("https://id.example/keys#one", "https://id.example/keys#", "https://id.example/a b"),
        *("https://id.example/\n", "https://\u00fc.example/", "https://id.example:port/"),
        *("https://id.example:99999/", "https://[::1/", "https://id.example/" + "x" * LONGEST_URL),
    ],
)
def test_any_other_url_is_refused(url: str) -> None:
    with pytest.raises(InvalidKeySource) as refused:
        published_at(url)
    assert refused.value.part == "url"


def test_only_a_loopback_host_is_this_machine() -> None:
    assert published_at("http://localhost:3000/keys").is_on_this_machine
    assert not published_at("https://localhost.example/keys").is_on_this_machine
