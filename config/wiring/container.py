"""The wiring: the adapter of each port, from top to bottom."""

import os
from datetime import UTC, datetime

from dependency_injector import containers, providers
from dependency_injector.providers import Provider

from application import UseCases, composition
from application.composition import Ports
from config.settings.sections import Settings
from config.wiring import policies
from infrastructure.database.database import Database
from infrastructure.database.health import DatabaseHealth
from infrastructure.database.limits import Limits
from infrastructure.database.login_throttle import SqlLoginThrottle
from infrastructure.database.session_register import SqlSessionRegister
from infrastructure.database.sessions import SqlSessions
from infrastructure.database.signing_keys import SqlSigningKeys
from infrastructure.database.user_register import SqlUserRegister
from infrastructure.database.users import SqlUsers
from infrastructure.security.access_token_jwt import JwtSigner
from infrastructure.security.encryption import KeyEncryption
from infrastructure.security.key_ring import KeyRing
from infrastructure.security.passwords import Argon2Passwords
from infrastructure.security.refresh_token_codec import MacRefreshTokenCodec
from infrastructure.security.server_secrets import ServerSecrets
from infrastructure.security.signing_key_maker import EncryptedSigningKeyMaker
from infrastructure.telemetry.audit_log import AuditLog
from infrastructure.telemetry.census import Census
from infrastructure.telemetry.database_metrics import measured
from infrastructure.telemetry.metrics import Instruments
from infrastructure.telemetry.metrics_text import new_registry
from infrastructure.telemetry.observed_ports import (
    CountedAudit,
    ObservedPasswords,
    traced,
)
from infrastructure.telemetry.operations import UNOBSERVED, Observer, together
from interfaces.graceful_stop import GracefulStop


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
    database = providers.Singleton(
        Database,
        settings.provided.database.url,
        providers.Factory(
            Limits,
            pool_size=settings.provided.database.pool_size,
            pool_timeout=settings.provided.database.pool_timeout,
            connect_timeout=settings.provided.database.connect_timeout,
            statement_timeout=settings.provided.database.statement_timeout,
        ),
        observer=providers.Singleton(
            together,
            providers.Callable(measured, instruments, enabled=settings.provided.metrics.enabled),
            spans,
        ),
    )
    sessions = providers.Singleton(SqlSessions, database)
    session_register = providers.Singleton(SqlSessionRegister, database)
    users = providers.Singleton(SqlUsers, database)
    user_register = providers.Singleton(SqlUserRegister, database)
    signing_keys = providers.Singleton(SqlSigningKeys, database)
    login_throttle = providers.Singleton(SqlLoginThrottle, database)
    database_health = providers.Singleton(DatabaseHealth, database)

    # secrets, tokens, passwords
    server_secrets = providers.Singleton(ServerSecrets, secrets)
    key_encryption = providers.Singleton(KeyEncryption, server_secrets)
    make_signing_key = providers.Singleton(
        EncryptedSigningKeyMaker, settings.provided.tokens.algorithm, key_encryption
    )
    key_ring = providers.Singleton(KeyRing, signing_keys, key_encryption, clock)
    access_tokens = providers.Singleton(
        traced,
        providers.Singleton(
            JwtSigner,
            key_ring,
            clock,
            issuer=settings.provided.tokens.issuer,
            audience=settings.provided.tokens.audience,
            client_id=settings.provided.tokens.client_id,
        ),
        spans,
    )
    refresh_tokens = providers.Singleton(MacRefreshTokenCodec, server_secrets)
    passwords = providers.Singleton(
        ObservedPasswords,
        providers.Singleton(Argon2Passwords, providers.Callable(policies.hashing_cost, settings)),
        instruments,
        spans,
    )

    # the audit trail, the end of the process, and all of it put together
    audit = providers.Singleton(CountedAudit, providers.Singleton(AuditLog), instruments)
    graceful_stop = providers.Singleton(GracefulStop, settings.provided.server.notice)
    census = providers.Singleton(
        Census,
        session_register,
        signing_keys,
        clock,
        instruments,
        settings.provided.keys.rotate_after,
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
        sessions=container.sessions(),
        session_register=container.session_register(),
        login_throttle=container.login_throttle(),
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
