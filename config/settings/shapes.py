"""Owns the form of a setting's text, where its type says too little."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from interfaces.http.wire.addresses import UNIX_SOCKET

_PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)+").fullmatch


def are_peers(values: tuple[str, ...]) -> bool:
    """IPv4 or IPv6 networks or addresses, or the peer of a Unix socket."""
    try:
        return all(value == UNIX_SOCKET or ipaddress.ip_network(value) for value in values)
    except ValueError:
        return False


def is_issuer(value: str) -> bool:
    """An issuer identifier (RFC 8414 section 2); plain http is allowed, for trials."""
    parts = _web_address(value)
    return parts is not None and "?" not in value and "#" not in value


def are_origins(values: tuple[str, ...]) -> bool:
    """Origins as browsers send them (RFC 6454 section 6.2): scheme, host, port, nothing more."""
    return all(_is_origin(value) for value in values)


def is_audience(value: str) -> bool:
    """One value of `aud`. Commas and blanks would separate several, which Remint has not."""
    return bool(value) and not any(c.isspace() or c in ",;" for c in value)


def is_path(value: str) -> bool:
    """A fixed path below the root, in the one spelling that is routed."""
    return _PATH(value) is not None


def _is_origin(value: str) -> bool:
    parts = _web_address(value)
    return parts is not None and value == f"{parts.scheme}://{parts.netloc}" == value.lower()


def _web_address(value: str) -> SplitResult | None:
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - raises when it is none
    except ValueError:
        return None
    clean = not any(character.isspace() or character == "*" for character in value)
    usable = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
    return parts if clean and usable else None
