"""The wiring: which adapter stands behind which port. It reads top to bottom."""

import os
from datetime import UTC, datetime
from typing import Any

from dependency_injector import containers, providers
from dependency_injector.providers import Provider

import application
from application import Ports
from config.settings.sections import Settings
from config.wiring import policies
from infrastructure.database.database import Database
from infrastructure.database.health import DatabaseHealth
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
from infrastructure.telemetry.measuring import Census
from infrastructure.telemetry.metrics import Instruments
from infrastructure.telemetry.metrics_text import new_registry
from infrastructure.telemetry.watch import Watch
from interfaces.graceful_stop import Leaving


def utc_now() -> datetime:
    """The system's clock."""
    return datetime.now(UTC)


def stored(name: str, adapter: type[Any], watch: Provider[Any], *parts: Any) -> Provider[Any]:
    """A port to the database, watched under that name."""
    return providers.Singleton(Watch.database, watch, name, providers.Factory(adapter, *parts))


class Container(containers.DeclarativeContainer):
    """What a name stands for wherever a use case asks for it.

    Ports may be overridden in tests. Use cases are factories, so that an override is never stale.
    """

    settings = providers.Dependency(instance_of=Settings)
    secrets = providers.Dependency(instance_of=tuple)

    # time and chance
    clock = providers.Object(utc_now)
    entropy = providers.Object(os.urandom)

    # what operators see
    registry = providers.Singleton(new_registry)
    instruments = providers.Singleton(Instruments, registry)
    tracer: Provider[Any] = providers.Object(None)
    watch = providers.Singleton(Watch, settings.provided.metrics.enabled, instruments, tracer)

    # persistence
    database = providers.Singleton(
        Watch.pool,
        watch,
        providers.Factory(
            Database,
            settings.provided.database.url,
            pool_size=settings.provided.database.pool_size,
            pool_timeout=settings.provided.database.pool_timeout,
            connect_timeout=settings.provided.database.connect_timeout,
            statement_timeout=settings.provided.database.statement_timeout,
        ),
        settings.provided.database.pool_size,
    )
    sessions = stored("sessions", SqlSessions, watch, database, watch.provided.batches)
    session_register = stored("session_register", SqlSessionRegister, watch, database)
    users = stored("users", SqlUsers, watch, database)
    user_register = stored("users", SqlUserRegister, watch, database)
    signing_keys = stored("signing_keys", SqlSigningKeys, watch, database)
    login_throttle = stored("login_throttle", SqlLoginThrottle, watch, database)
    database_health = providers.Singleton(DatabaseHealth, database)

    # secrets, tokens, passwords
    server_secrets = providers.Singleton(ServerSecrets, secrets)
    key_encryption = providers.Singleton(KeyEncryption, server_secrets)
    make_signing_key = providers.Singleton(
        EncryptedSigningKeyMaker, settings.provided.tokens.algorithm, key_encryption
    )
    key_ring = providers.Singleton(KeyRing, signing_keys, key_encryption, clock)
    access_tokens = providers.Singleton(
        Watch.signer,
        watch,
        providers.Factory(
            JwtSigner,
            key_ring,
            clock,
            issuer=settings.provided.tokens.issuer,
            audience=settings.provided.tokens.audience,
            client_id=settings.provided.tokens.client_id,
        ),
    )
    refresh_tokens = providers.Singleton(MacRefreshTokenCodec, server_secrets)
    passwords = providers.Singleton(
        Watch.passwords,
        watch,
        providers.Factory(Argon2Passwords, providers.Callable(policies.hashing_cost, settings)),
    )

    leaving = providers.Singleton(Leaving, settings.provided.server.notice)
    audit = providers.Singleton(Watch.audit, watch, providers.Factory(AuditLog))
    census = providers.Singleton(
        Census,
        session_register,
        signing_keys,
        clock,
        instruments,
        settings.provided.keys.rotate_after,
    )
    use_cases = providers.Factory(
        application.use_cases,
        providers.Factory(
            Ports,
            clock=clock,
            entropy=entropy,
            users=users,
            user_register=user_register,
            sessions=sessions,
            session_register=session_register,
            login_throttle=login_throttle,
            signing_keys=signing_keys,
            make_signing_key=make_signing_key,
            key_encryption=key_encryption,
            access_tokens=access_tokens,
            refresh_tokens=refresh_tokens,
            passwords=passwords,
            audit=audit,
            readiness_checks=providers.List(leaving, database_health, key_ring),
        ),
        providers.Callable(policies.policies, settings),
    )
