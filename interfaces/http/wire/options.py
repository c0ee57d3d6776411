"""Owns the options of the HTTP interface that an operator can set."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpOptions:
    """The behaviour of the HTTP interface.

    Attributes:
        issuer: the public address of the service.
        openapi: whether `/openapi.json` is served.
        docs: whether the API page is served at `/docs`; the page needs the document.
        tell_expiry: whether log-ins and refreshes tell when the JWT and the session expire.
        key_set_max_age: for how long a verifier can cache the key set.
        max_body: in bytes; a longer body gets 413.
        body_timeout: how long a request's body can take to arrive.
        patience: how long a refresh with an old token waits for news that its client disconnected.
        trusted_proxies: addresses or networks whose forwarded headers are trusted.
        cors_origins: the exact origins whose pages can call the API; none by default.
    """

    issuer: str = "http://localhost:8080"
    openapi: bool = True
    docs: bool = True
    tell_expiry: bool = False
    key_set_max_age: timedelta = timedelta(minutes=5)
    max_body: int = 16_384
    body_timeout: timedelta = timedelta(seconds=10)
    patience: timedelta = timedelta(milliseconds=100)
    trusted_proxies: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
