"""Owns which settings are allowed and yet dangerous, and the sentence that says why."""

import ipaddress
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from config.settings.sections import Settings
from domain.sessions import Renewal

A_LARGE_NETWORK = 65536
LONG_FOR_A_JWT = timedelta(minutes=15)
"""What revocation may lag behind, by RFC 6819 section 5.1.5.3 (checklist L3)."""

Danger = tuple[str, str]
"""The setting's name, and why."""


def dangers(settings: Settings) -> list[Danger]:
    """What an operator should know, in the order of the settings."""
    return [*_of_the_way_in(settings), *_of_the_database(settings), *_of_the_tokens(settings)]


def _of_the_way_in(settings: Settings) -> Iterator[Danger]:
    server, tokens = settings.server, settings.tokens
    is_bare = not _is_local(server.host) and not server.trusted_proxies
    if is_bare and server.tls_certificate is None:
        yield (
            "server.host",
            "is reached from outside without TLS, and no proxy is named that would speak it.",
        )
    if any(ipaddress.ip_network(n).num_addresses > A_LARGE_NETWORK for n in server.trusted_proxies):
        yield (
            "server.trusted_proxies",
            "is a large network; whoever is in it can claim any address.",
        )
    if server.hsts and not tokens.issuer.startswith("https:"):
        yield "server.hsts", "is set for a service whose address, tokens.issuer, is plain http."
    if is_bare and settings.metrics.enabled and settings.metrics.port is None:
        yield "metrics.port", "is not set: whoever reaches the service can read the metrics."
    for origin in settings.cors.origins:
        if origin.startswith("http:") and not _is_local(urlsplit(origin).hostname or ""):
            yield "cors.origins", f"lets a page in that came over plain http: {origin}."


def _of_the_database(settings: Settings) -> Iterator[Danger]:
    url = urlsplit(settings.database.url)
    is_sqlite = url.scheme.startswith("sqlite")
    query = parse_qs(url.query)
    hosts = [url.hostname or "", *(host.rpartition(":")[0] for host in query.get("host", []))]
    if not is_sqlite and not all(map(_is_local, hosts)) and "ssl" not in query:
        yield (
            "database.url",
            "does not insist on TLS: add ssl=verify-full, or ssl=require, to its query.",
        )
    if is_sqlite and settings.server.workers > 1:
        yield "server.workers", "is more than one: on SQLite they only wait for each other."


def _of_the_tokens(settings: Settings) -> Iterator[Danger]:
    sessions, tokens = settings.sessions, settings.tokens
    if sessions.renewal is Renewal.ROTATING and not sessions.recoveries:
        yield (
            "sessions.recoveries",
            "is 0: a client whose answer is lost for longer than sessions.grace is logged out.",
        )
    if not sessions.grace:
        yield "sessions.grace", "is 0: of two tabs that refresh at once, one looks like a thief."
    if tokens.issuer.startswith("http:") and not _is_local(urlsplit(tokens.issuer).hostname or ""):
        yield "tokens.issuer", "is plain http: verifiers would fetch their keys unprotected."
    if tokens.lifetime > LONG_FOR_A_JWT:
        yield "tokens.lifetime", "is long: for that time a JWT outlives the end of its session."
    if settings.log.level == "debug":
        yield "log.level", "is debug: meant for a short while, it costs speed and disk."


def _is_local(host: str) -> bool:
    if host in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
