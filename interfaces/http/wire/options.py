"""What an operator may choose about the HTTP interface."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpOptions:
    """How the HTTP interface behaves.

    Attributes:
        openapi: whether `/openapi.json` is served.
        docs: whether the API page is served at `/docs`; it needs the document.
        key_set_max_age: for how long a verifier may cache the key set (checklist K2).
        max_body: in bytes; what is longer is answered 413 (checklist H6).
        body_timeout: for how long a request's body may keep us waiting (checklist H13).
        patience: for how long a suspicious refresh waits for its client to hang up.
        trusted_proxies: addresses or networks whose forwarded headers count (checklist H12).
        cors_origins: the exact origins that browsers may call from; none by default (H14).
    """

    openapi: bool = True
    docs: bool = True
    key_set_max_age: timedelta = timedelta(minutes=5)
    max_body: int = 16_384
    body_timeout: timedelta = timedelta(seconds=10)
    patience: timedelta = timedelta(milliseconds=100)
    trusted_proxies: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
