"""Turns settings into the values that the use cases and adapters take."""

from application.composition import Policies
from application.steps.session_terms import SessionTerms
from config.settings.sections import Settings
from domain.decision_table import RenewalPolicy
from domain.login_throttle import ThrottlePolicy
from domain.proofs import ProofPolicy
from domain.revocations import SETTLED
from domain.sessions import SessionLimit
from domain.signing_keys import KeyPolicy
from infrastructure.security.passwords import HashingCost
from interfaces.http.oauth.metadata import names_of
from interfaces.http.wire.options import HttpOptions


def policies(settings: Settings) -> Policies:
    """The operator's choices that the use cases follow."""
    return Policies(
        renewal=_renewal_policy(settings),
        terms=_session_terms(settings),
        keys=_key_policy(settings),
        throttle=_throttle_policy(settings),
        built_in_client=settings.tokens.client_id,
        proofs=_proof_policy(settings),
        client_audiences=names_of(settings.tokens.issuer),
        access_token_lifetime=settings.tokens.lifetime,
        retention=settings.sessions.retention,
        revocations_kept=settings.tokens.lifetime + settings.keys.clock_margin + SETTLED,
    )


def _proof_policy(settings: Settings) -> ProofPolicy:
    """Which proofs of possession are accepted, and who needs one."""
    dpop = settings.dpop
    return ProofPolicy(
        address=settings.tokens.issuer,
        max_age=dpop.max_age,
        is_required=dpop.required == "new-sessions",
        needs_nonce=dpop.nonce == "required",
    )


def _renewal_policy(settings: Settings) -> RenewalPolicy:
    """The windows of the decision table."""
    sessions = settings.sessions
    return RenewalPolicy(
        coalesce=sessions.coalesce,
        grace=sessions.grace,
        recoveries=sessions.recoveries,
        idle=sessions.idle,
    )


def _session_terms(settings: Settings) -> SessionTerms:
    """The terms on which sessions are opened."""
    sessions = settings.sessions
    return SessionTerms(
        renewal=sessions.renewal,
        lifetime=sessions.lifetime,
        limit=SessionLimit(count=sessions.limit, at_limit=sessions.at_limit, idle=sessions.idle),
        audience=settings.tokens.audience,
        support_lifetime=sessions.support_lifetime,
    )


def _key_policy(settings: Settings) -> KeyPolicy:
    """When signing keys are rotated, published and removed.

    A new key signs only after one reload and one max-age of the JWKS, because a verifier can have
    fetched the JWKS just before an instance reloaded its keys.
    """
    keys = settings.keys
    return KeyPolicy(
        rotate_after=keys.rotate_after,
        published_ahead=keys.max_age + 2 * keys.reload + keys.clock_margin,
        token_lifetime=settings.tokens.lifetime + keys.clock_margin,
    )


def _throttle_policy(settings: Settings) -> ThrottlePolicy:
    """The rate limit on failed log-ins."""
    throttle = settings.throttle
    return ThrottlePolicy(
        per_account=throttle.per_account,
        per_source=throttle.per_source,
        window=throttle.window,
    )


def hashing_cost(settings: Settings) -> HashingCost:
    """The cost of one password hash, and how many are computed at once."""
    passwords = settings.passwords
    return HashingCost(
        memory=passwords.memory,
        iterations=passwords.iterations,
        parallelism=passwords.parallelism,
        concurrency=passwords.concurrency,
        waiting=passwords.waiting,
    )


def http_options(settings: Settings) -> HttpOptions:
    """The settings that the HTTP interface follows."""
    server = settings.server
    return HttpOptions(
        issuer=settings.tokens.issuer,
        openapi=server.openapi,
        docs=server.docs,
        tell_expiry=settings.tokens.tell_expiry,
        key_set_max_age=settings.keys.max_age,
        max_body=server.max_body,
        patience=server.patience,
        trusted_proxies=server.trusted_proxies,
        cors_origins=settings.cors.origins,
    )
