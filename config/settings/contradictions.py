"""Owns the rules between settings, so that no combination logs an honest client out."""

from itertools import combinations

from config.settings.sections import Settings


def contradictions(settings: Settings) -> list[str]:
    """A sentence for each rule that the settings break."""
    return [sentence for holds, sentence in _rules(settings) if not holds]


def _rules(settings: Settings) -> list[tuple[bool, str]]:
    server, sessions, tokens = settings.server, settings.sessions, settings.tokens
    keys, throttle = settings.keys, settings.throttle
    return [
        (sessions.coalesce <= sessions.grace, "sessions.coalesce must not exceed sessions.grace."),
        (sessions.grace <= tokens.lifetime, "sessions.grace must not exceed tokens.lifetime."),
        # A client refreshes once per JWT, and Remint stores the last use with some delay.
        (
            2 * tokens.lifetime <= sessions.idle,
            "sessions.idle must be at least twice tokens.lifetime.",
        ),
        (sessions.idle <= sessions.lifetime, "sessions.idle must not exceed sessions.lifetime."),
        # A server process must have loaded a new key before the key signs.
        (keys.reload <= keys.max_age, "keys.reload must not exceed keys.max_age."),
        (
            keys.max_age + tokens.lifetime < keys.rotate_after,
            "keys.rotate_after must exceed keys.max_age and tokens.lifetime together.",
        ),
        (
            throttle.per_account <= throttle.per_source,
            "throttle.per_account must not exceed throttle.per_source.",
        ),
        (
            (server.tls_certificate is None) == (server.tls_key is None),
            "server.tls_certificate and server.tls_key must be set together.",
        ),
        # The port of a connection decides what is served on it.
        *_ports_differ(settings),
        (
            settings.admin.host is None or settings.admin.port is not None,
            "admin.host needs admin.port.",
        ),
    ]


def _ports_differ(settings: Settings) -> list[tuple[bool, str]]:
    metrics, admin = settings.metrics, settings.admin
    ports = {
        "server.port": settings.server.port,
        "metrics.port": metrics.port if metrics.enabled else None,
        "admin.port": admin.port,
    }
    return [
        (
            None in (ports[one], ports[other]) or ports[one] != ports[other],
            f"{other} must not be {one}.",
        )
        for one, other in combinations(ports, 2)
    ]
