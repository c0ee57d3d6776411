"""Turns settings into the values that the rules and adapters know."""

from application.steps.session_opener import SessionTerms
from config.settings.sections import Settings
from domain.decision_table import RenewalPolicy
from domain.login_throttle import ThrottlePolicy
from domain.sessions import SessionLimit
from domain.signing_keys import KeyPolicy
from infrastructure.security.passwords import HashingCost
from interfaces.http.wire.options import HttpOptions


def renewal_policy(settings: Settings) -> RenewalPolicy:
    """How wide the windows of the decision table are."""
    sessions = settings.sessions
    return RenewalPolicy(sessions.coalesce, sessions.grace, sessions.recoveries, sessions.idle)


def session_terms(settings: Settings) -> SessionTerms:
    """On what terms sessions are opened."""
    sessions = settings.sessions
    limit = SessionLimit(sessions.limit, sessions.at_limit, sessions.idle)
    return SessionTerms(sessions.renewal, sessions.lifetime, limit)


def key_policy(settings: Settings) -> KeyPolicy:
    """When signing keys take turns (checklist K3).

    A verifier may have fetched the key set just before an instance reloaded it, so a new key waits
    for a reload and a whole max-age before it signs.
    """
    keys = settings.keys
    return KeyPolicy(
        rotate_after=keys.rotate_after,
        published_ahead=keys.max_age + 2 * keys.reload + keys.clock_margin,
        token_lifetime=settings.tokens.lifetime + keys.clock_margin,
    )


def throttle_policy(settings: Settings) -> ThrottlePolicy:
    """How many failed log-ins are borne."""
    throttle = settings.throttle
    return ThrottlePolicy(throttle.per_account, throttle.per_source, throttle.window)


def hashing_cost(settings: Settings) -> HashingCost:
    """What one password hash costs."""
    passwords = settings.passwords
    return HashingCost(
        memory=passwords.memory,
        iterations=passwords.iterations,
        parallelism=passwords.parallelism,
        concurrency=passwords.concurrency,
        waiting=passwords.waiting,
    )


def http_options(settings: Settings) -> HttpOptions:
    """How the HTTP interface behaves."""
    server = settings.server
    return HttpOptions(
        openapi=server.openapi,
        docs=server.docs,
        key_set_max_age=settings.keys.max_age,
        max_body=server.max_body,
        patience=server.patience,
        trusted_proxies=server.trusted_proxies,
        cors_origins=settings.cors.origins,
    )
