"""Owns where the public keys of another party come from."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from domain.errors import InvalidKeySource

LONGEST_URL = 2048
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""The hosts that are this machine, where no TLS is needed."""


class Reach(StrEnum):
    """To which network addresses Remint connects for a key set."""

    PUBLIC = "public"
    PRIVATE = "private"
    """Also to those of private networks (RFC 1918, RFC 4193)."""


@dataclass(frozen=True, slots=True)
class KeySource:
    """A JWK set (RFC 7517 section 5): the text of one, or the URL that publishes it.

    Attributes:
        url: empty where `jwks` is given.
        jwks: public keys alone; empty where `url` is given.
    """

    url: str = ""
    jwks: str = ""
    reach: Reach = Reach.PUBLIC

    @property
    def is_on_this_machine(self) -> bool:
        """Whether the URL names a loopback address."""
        return is_loopback(urlsplit(self.url).hostname)


def is_loopback(host: str | None) -> bool:
    """Whether a host of a URL is this machine."""
    return host in LOOPBACK


def published_at(url: str, reach: Reach = Reach.PUBLIC) -> KeySource:
    """The key set that is published there.

    Raises:
        InvalidKeySource: no `https` URL, or one with credentials or a fragment. `http` is enough on
            this machine.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port  # raises for a number that is no port
    except ValueError:
        raise InvalidKeySource("url") from None
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    is_plain = "@" not in parts.netloc and "#" not in url
    is_text = url.isascii() and all("!" <= letter <= "~" for letter in url)
    if not (is_safe and host and is_plain and is_text and len(url) <= LONGEST_URL):
        raise InvalidKeySource("url")
    return KeySource(url=url, reach=reach)
