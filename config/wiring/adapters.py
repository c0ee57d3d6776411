"""Makes the adapters that follow settings, in calls that the type checker sees."""

from config.settings.sections import Settings
from config.wiring import policies
from domain.ports.assertions import AssertionVerifier
from domain.ports.environment import Clock
from domain.ports.passwords import Passwords
from domain.ports.session_register import SessionRegister
from domain.ports.signing_key_maker import SigningKeyMaker
from domain.ports.signing_keys import SigningKeys
from domain.ports.tokens import AccessTokens
from infrastructure.database.database import Database
from infrastructure.database.limits import Limits
from infrastructure.database.revocations import SqlRevocations
from infrastructure.key_sets.key_sets import HeldKeySets
from infrastructure.security.access_token_jwt import JwtSigner
from infrastructure.security.assertion_jwt import JwtAssertions
from infrastructure.security.encryption import KeyEncryption
from infrastructure.security.key_ring import KeyRing
from infrastructure.security.passwords import Argon2Passwords
from infrastructure.security.signing_key_maker import EncryptedSigningKeyMaker
from infrastructure.telemetry.audit_log import AuditLog
from infrastructure.telemetry.census import Census
from infrastructure.telemetry.database_metrics import measured
from infrastructure.telemetry.metrics import Instruments
from infrastructure.telemetry.observed_ports import CountedAudit, ObservedPasswords, traced
from infrastructure.telemetry.operations import Observer, together
from interfaces.graceful_stop import GracefulStop


def database(settings: Settings, instruments: Instruments, spans: Observer) -> Database:
    """The database, with metrics and spans around its operations."""
    chosen = settings.database
    limits = Limits(
        pool_size=chosen.pool_size,
        pool_timeout=chosen.pool_timeout,
        connect_timeout=chosen.connect_timeout,
        statement_timeout=chosen.statement_timeout,
    )
    metrics = measured(instruments, enabled=settings.metrics.enabled)
    return Database(chosen.url, limits, observer=together(metrics, spans))


def signing_key_maker(settings: Settings, key_encryption: KeyEncryption) -> SigningKeyMaker:
    """Makes signing keys of the configured algorithm."""
    return EncryptedSigningKeyMaker(settings.tokens.algorithm, key_encryption)


def access_tokens(
    settings: Settings, key_ring: KeyRing, clock: Clock, spans: Observer
) -> AccessTokens:
    """Signs and verifies JWTs with the keys that this instance holds."""
    tokens = settings.tokens
    signer = JwtSigner(
        key_ring,
        clock,
        issuer=tokens.issuer,
        audience=tokens.audience,
        client_id=tokens.client_id,
    )
    return traced(signer, spans)


def assertion_verifier(key_sets: HeldKeySets) -> AssertionVerifier:
    """Verifies the assertions of other parties with their key sets."""
    return JwtAssertions(key_sets.held, key_sets.newer)


def passwords(settings: Settings, instruments: Instruments, spans: Observer) -> Passwords:
    """Hashes passwords at the configured cost."""
    return ObservedPasswords(Argon2Passwords(policies.hashing_cost(settings)), instruments, spans)


def audit(instruments: Instruments) -> CountedAudit:
    """The audit trail: log lines, counted."""
    return CountedAudit(AuditLog(), instruments)


def graceful_stop(settings: Settings, revocations: SqlRevocations) -> GracefulStop:
    """The graceful stop, with the configured drain delay; no follower's wait prolongs it."""
    return GracefulStop(settings.server.notice, at_stop=revocations.stop_waiting)


def census(
    settings: Settings,
    session_register: SessionRegister,
    signing_keys: SigningKeys,
    clock: Clock,
    instruments: Instruments,
) -> Census:
    """The periodic count of sessions and of the signing key's age."""
    return Census(session_register, signing_keys, clock, instruments, settings.keys.rotate_after)
