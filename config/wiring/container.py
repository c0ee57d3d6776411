"""The wiring: the adapter of each port, from top to bottom."""

import os
from collections.abc import Callable
from datetime import UTC, datetime

from dependency_injector import containers, providers
from dependency_injector.providers import Provider

from application import UseCases, composition
from application.composition import Ports
from config.settings.sections import Settings
from config.wiring import adapters, policies
from infrastructure.database.audit_outbox import SqlAuditOutbox
from infrastructure.database.clients import SqlClients
from infrastructure.database.health import DatabaseHealth
from infrastructure.database.login_throttle import SqlLoginThrottle
from infrastructure.database.revocations import SqlRevocations
from infrastructure.database.session_register import SqlSessionRegister
from infrastructure.database.sessions import SqlSessions
from infrastructure.database.signing_keys import SqlSigningKeys
from infrastructure.database.trusted_issuers import SqlTrustedIssuers
from infrastructure.database.used_ids import SqlUsedIds
from infrastructure.database.user_register import SqlUserRegister
from infrastructure.database.users import SqlUsers
from infrastructure.key_sets.key_sets import HeldKeySets
from infrastructure.security.encryption import KeyEncryption
from infrastructure.security.key_ring import KeyRing
from infrastructure.security.nonces import MacNonces
from infrastructure.security.proof_jwt import JwtProofs
from infrastructure.security.refresh_token_codec import MacRefreshTokenCodec
from infrastructure.security.server_secrets import ServerSecrets
from infrastructure.telemetry.audit_relay import AuditRelay
from infrastructure.telemetry.metrics import Instruments
from infrastructure.telemetry.metrics_text import new_registry
from infrastructure.telemetry.operations import UNOBSERVED, Observer


def utc_now() -> datetime:
    """The system's clock."""
    return datetime.now(UTC)


def _use_cases(container: "Container") -> UseCases:
    return composition.use_cases(ports(container), policies.policies(container.settings()))


class Container(containers.DeclarativeContainer):
    """Every adapter, made once when it is first needed, and the use cases over them.

    Tests can override any provider. The use cases come from a factory, so that they always hold the
    overriding adapter.
    """

    settings = providers.Dependency(instance_of=Settings)
    secrets = providers.Dependency(instance_of=tuple)

    # time and chance
    clock = providers.Object(utc_now)
    entropy = providers.Object(os.urandom)

    # metrics, and spans if traces are on
    registry = providers.Singleton(new_registry)
    instruments = providers.Singleton(Instruments, registry)
    spans: Provider[Observer] = providers.Object(UNOBSERVED)

    # persistence
    database = providers.Singleton(adapters.database, settings, instruments, spans)
    sessions = providers.Singleton(SqlSessions, database)
    session_register = providers.Singleton(SqlSessionRegister, database)
    users = providers.Singleton(SqlUsers, database)
    clients = providers.Singleton(SqlClients, database)
    user_register = providers.Singleton(SqlUserRegister, database)
    signing_keys = providers.Singleton(SqlSigningKeys, database)
    login_throttle = providers.Singleton(SqlLoginThrottle, database)
    revocations = providers.Singleton(SqlRevocations, database)
    trusted_issuers = providers.Singleton(SqlTrustedIssuers, database)
    used_ids = providers.Singleton(SqlUsedIds, database)
    audit_outbox = providers.Singleton(SqlAuditOutbox, database)
    database_health = providers.Singleton(DatabaseHealth, database)

    # secrets, tokens, passwords
    server_secrets = providers.Singleton(ServerSecrets, secrets)
    key_encryption = providers.Singleton(KeyEncryption, server_secrets)
    make_signing_key = providers.Singleton(adapters.signing_key_maker, settings, key_encryption)
    key_ring = providers.Singleton(KeyRing, signing_keys, key_encryption, clock)
    access_tokens = providers.Singleton(adapters.access_tokens, settings, key_ring, clock, spans)
    refresh_tokens = providers.Singleton(MacRefreshTokenCodec, server_secrets)
    key_sets = providers.Singleton(HeldKeySets)
    assertion_verifier = providers.Singleton(adapters.assertion_verifier, key_sets)
    proof_verifier = providers.Singleton(JwtProofs)
    nonces = providers.Singleton(MacNonces, server_secrets)
    passwords = providers.Singleton(adapters.passwords, settings, instruments, spans)

    # the audit trail, the end of the process, and all of it put together
    audit = providers.Singleton(adapters.audit, instruments)
    is_log_written: Provider[Callable[[], bool]] = providers.Object(lambda: True)
    audit_relay = providers.Singleton(AuditRelay, audit_outbox, audit, is_log_written)
    graceful_stop = providers.Singleton(adapters.graceful_stop, settings, revocations)
    census = providers.Singleton(
        adapters.census, settings, session_register, signing_keys, clock, instruments
    )
    __self__ = providers.Self()
    use_cases = providers.Factory(_use_cases, __self__)


def ports(container: Container) -> Ports:
    """The adapters of this container, as the use cases take them."""
    return Ports(
        clock=container.clock(),
        entropy=container.entropy(),
        users=container.users(),
        user_register=container.user_register(),
        clients=container.clients(),
        sessions=container.sessions(),
        session_register=container.session_register(),
        login_throttle=container.login_throttle(),
        revocations=container.revocations(),
        trusted_issuers=container.trusted_issuers(),
        used_ids=container.used_ids(),
        key_sets=container.key_sets(),
        assertion_verifier=container.assertion_verifier(),
        proof_verifier=container.proof_verifier(),
        nonces=container.nonces(),
        signing_keys=container.signing_keys(),
        make_signing_key=container.make_signing_key(),
        key_encryption=container.key_encryption(),
        access_tokens=container.access_tokens(),
        refresh_tokens=container.refresh_tokens(),
        passwords=container.passwords(),
        audit=container.audit(),
        readiness_checks=[
            container.graceful_stop(),
            container.database_health(),
            container.key_ring(),
        ],
    )
