"""Every use case over fakes: the whole product without HTTP and without a database."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, TypeVar, get_type_hints

from application import UseCases
from application.refresh import Refreshed
from application.steps.session_opener import OpenedSession, SessionTerms
from domain.decision_table import RenewalPolicy
from domain.login_throttle import ThrottlePolicy
from domain.ports.environment import StillWaiting
from domain.ports.login_throttle import LoginThrottle
from domain.ports.sessions import SessionRegister, Sessions
from domain.ports.signing_keys import SigningKeys
from domain.ports.users import Users
from domain.sessions import Origin, Renewal
from domain.signing_keys import KeyPolicy
from domain.users import User
from tests.support.fakes.builders import DAY, HOUR, LIFETIME, MINUTE, NO_LIMIT, OPERATOR
from tests.support.fakes.fakes import (
    FakeClock,
    FakeCodec,
    FakeDatabase,
    FakeDependency,
    FakeJwts,
    FakeKeyEncryption,
    FakeKeyMaker,
    FakePasswords,
    FakeSessions,
    FakeSigningKeys,
    FakeThrottle,
    FakeUsers,
    Patience,
    RecordingAuditTrail,
    SeededEntropy,
)

PASSWORD = "correct horse battery"
ORIGIN = Origin("a browser", "192.0.2.1")


@dataclass(frozen=True, slots=True)
class Stores:
    """Where everything lives: in memory here, in a database elsewhere."""

    users: Users
    sessions: Sessions
    session_register: SessionRegister
    signing_keys: SigningKeys
    login_throttle: LoginThrottle

    @classmethod
    def in_memory(cls, database: FakeDatabase) -> "Stores":
        sessions = FakeSessions(database)
        return cls(
            FakeUsers(database),
            sessions,
            sessions,
            FakeSigningKeys(database),
            FakeThrottle(database),
        )


class House:
    """The use cases (`can`), and the fakes that a test watches or moves.

    Any part may be given by the name under which use cases ask for it.
    """

    def __init__(
        self,
        stores: Stores | None = None,
        *,
        database: FakeDatabase | None = None,
        renewal: Renewal = Renewal.ROTATING,
        **parts: Any,
    ) -> None:
        self.database = database or FakeDatabase()
        self.clock: FakeClock = parts.setdefault("clock", FakeClock())
        self.entropy: SeededEntropy = parts.setdefault("entropy", SeededEntropy())
        self.audit: RecordingAuditTrail = parts.setdefault("audit", RecordingAuditTrail())
        self.passwords = FakePasswords()
        self.codec = FakeCodec()
        self.jwts = FakeJwts(self.clock)
        self.dependency = FakeDependency()
        self.key_encryption = FakeKeyEncryption()
        self.stores = stores or Stores.in_memory(self.database)
        self.can: UseCases = _wired(
            UseCases,
            {
                **{field.name: getattr(self.stores, field.name) for field in fields(Stores)},
                "passwords": self.passwords,
                "refresh_tokens": self.codec,
                "signer": self.jwts,
                "access_tokens": self.jwts,
                "make_signing_key": FakeKeyMaker(),
                "key_encryption": self.key_encryption,
                "dependencies": [self.dependency],
                "renewal_policy": RenewalPolicy(),
                "throttle_policy": ThrottlePolicy(),
                "key_policy": KeyPolicy(30 * DAY, HOUR, 10 * MINUTE),
                "terms": SessionTerms(renewal, LIFETIME, NO_LIMIT),
                "access_token_lifetime": 10 * MINUTE,
                "retention": DAY,
                "batch_size": 3,
                **parts,
            },
        )

    def restarted(self, stores: Stores) -> "House":
        """A new process over the same data, in the same world."""
        return House(stores, clock=self.clock, entropy=self.entropy, audit=self.audit)

    def passes(self, time: timedelta) -> None:
        self.clock.advance(time)

    async def add_user(self, name: str = "someone", roles: tuple[str, ...] = ()) -> User:
        return await self.can.add_user(name, PASSWORD, roles, by=OPERATOR)

    async def log_in(self, name: str = "someone", renewal: Renewal | None = None) -> OpenedSession:
        return await self.can.authenticate(name, PASSWORD, ORIGIN, renewal)

    async def signed_in(self, renewal: Renewal | None = None) -> OpenedSession:
        """A user, added and logged in, with a clean audit trail from here on."""
        await self.add_user()
        opened = await self.log_in(renewal=renewal)
        self.audit.events.clear()
        self.database.writes.clear()
        return opened

    async def refresh(self, token: str, still_waiting: StillWaiting | None = None) -> Refreshed:
        return await self.can.refresh(token, still_waiting or Patience())

    async def rotate(self, token: str) -> str:
        """The successor of a token, once its burst is over."""
        refreshed = await self.refresh(token)
        assert refreshed.refresh_token is not None
        self.passes(MINUTE)
        return refreshed.refresh_token


_Part = TypeVar("_Part")


def _wired(what: type[_Part], parts: Mapping[str, Any]) -> _Part:
    """Build a use case from parts of the same names, and what it is composed of likewise."""
    asked_for = get_type_hints(what)
    return what(
        **{
            name: parts[name] if name in parts else _wired(kind, parts)
            for name, kind in asked_for.items()
        }
    )
