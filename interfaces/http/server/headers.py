"""Owns the headers that every answer carries."""

from collections.abc import Iterable
from datetime import timedelta

Header = tuple[bytes, bytes]
CACHE_CONTROL = b"cache-control"
NO_STORE = (CACHE_CONTROL, b"no-store")
NOSNIFF = (b"x-content-type-options", b"nosniff")


class ResponseHeaders:
    """Adds the headers to each answer; an answer without Cache-Control gets no-store."""

    def __init__(self, hsts: timedelta = timedelta(0)) -> None:
        self._always = [NOSNIFF]
        if hsts:
            value = f"max-age={int(hsts.total_seconds())}".encode()
            self._always.append((b"strict-transport-security", value))

    def __call__(self, own: Iterable[Header], request_id: str) -> list[Header]:
        """The answer's own headers and the headers of every answer."""
        headers = [*own, *self._always, (b"x-request-id", request_id.encode())]
        for name, _ in headers:
            if name == CACHE_CONTROL:
                return headers
        headers.append(NO_STORE)
        return headers
