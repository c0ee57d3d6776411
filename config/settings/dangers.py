"""Owns the settings that are allowed and still dangerous, and the reason for each."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

from config.settings.sections import Settings
from domain.sessions import Renewal
from infrastructure.database.address import Address, is_loopback
from interfaces.http.wire.addresses import UNIX_SOCKET, canonical_network

A_LARGE_NETWORK = 65536
LONG_FOR_A_JWT = timedelta(minutes=15)
"""A revocation takes effect when the JWT expires (RFC 6819 section 5.1.5.3)."""

Danger = tuple[str, str]
"""The name of a setting, and why its value is dangerous."""


def dangers(settings: Settings) -> list[Danger]:
    """The dangerous settings, in the order of the README's table."""
    return [*_of_the_network(settings), *_of_the_database(settings), *_of_the_tokens(settings)]


def names_another_port(settings: Settings, port: int) -> bool:
    """Whether the issuer is the default's, and `port`, on which the server listens, is not."""
    default = Settings()
    return settings.tokens.issuer == default.tokens.issuer and port != default.server.port


def _of_the_network(settings: Settings) -> Iterator[Danger]:
    server, tokens = settings.server, settings.tokens
    is_bare = not is_loopback(server.host) and not server.trusted_proxies
    if is_bare and server.tls_certificate is None:
        yield (
            "server.host",
            "is reached from outside without TLS, and server.trusted_proxies names no proxy.",
        )
    networks = [canonical_network(one) for one in server.trusted_proxies if one != UNIX_SOCKET]
    if any(network.num_addresses > A_LARGE_NETWORK for network in networks):
        yield (
            "server.trusted_proxies",
            "is a large network: every host in it can claim any client address.",
        )
    if server.hsts and not tokens.issuer.startswith("https:"):
        yield "server.hsts", "is set, but tokens.issuer, the address of the service, is plain http."
    has_clients = is_bare or server.trusted_proxies
    if has_clients and settings.metrics.enabled and settings.metrics.port is None:
        yield (
            "metrics.port",
            "is not set: every client can read the metrics unless a proxy refuses metrics.path.",
        )
    for origin in settings.cors.origins:
        if origin.startswith("http:") and not is_loopback(urlsplit(origin).hostname or ""):
            yield "cors.origins", f"allows a page that was loaded over plain http: {origin}."


def _of_the_database(settings: Settings) -> Iterator[Danger]:
    address = Address.parse(settings.database.url)
    if not address.is_local and not address.is_encrypted:
        yield (
            "database.url",
            "does not require TLS: add ssl=verify-full, or ssl=require, to its query.",
        )
    elif address.wants_channel_binding and not address.is_verified:
        yield (
            "database.url",
            "demands channel binding, which the driver lacks: add ssl=verify-full instead.",
        )
    if address.file is not None and settings.server.workers > 1:
        yield "server.workers", "is more than 1: workers on one database file wait for each other."


def _of_the_tokens(settings: Settings) -> Iterator[Danger]:
    sessions, tokens = settings.sessions, settings.tokens
    if sessions.renewal is Renewal.ROTATING and not sessions.recoveries:
        yield (
            "sessions.recoveries",
            "is 0: a client that loses an answer for longer than sessions.grace is logged out.",
        )
    if not sessions.grace:
        yield "sessions.grace", "is 0: if two tabs refresh at once, one of them looks like a thief."
    if tokens.issuer.startswith("http:") and not is_loopback(
        urlsplit(tokens.issuer).hostname or ""
    ):
        yield "tokens.issuer", "is plain http: verifiers fetch the signing keys without protection."
    if settings.server.port and names_another_port(settings, settings.server.port):
        yield (
            "tokens.issuer",
            "is the default, and names another port than server.port: verifiers look there.",
        )
    if tokens.lifetime > LONG_FOR_A_JWT:
        yield (
            "tokens.lifetime",
            "is long: a JWT stays valid for that time after its session has ended.",
        )
    if settings.log.level == "debug":
        yield "log.level", "is debug, which costs speed and disk space."
