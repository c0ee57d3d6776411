"""All use cases over in-memory adapters, wired by the names that their fields have."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, TypeVar, get_type_hints

from application import UseCases
from application.opening import SessionTerms
from domain.continuing import RenewalPolicy
from domain.refresh_tokens import RefreshToken
from domain.sessions import Renewal, Session, SessionLimit
from domain.signing_keys import KeyPolicy
from domain.throttling import ThrottlePolicy
from domain.users import User
from tests.support.builders import (
    DAY,
    LIFETIME,
    MINUTE,
    NO_LIMIT,
    a_session,
    a_token,
    a_user,
)
from tests.support.fakes import (
    FakeClock,
    FakeCodec,
    FakeDatabase,
    FakeDependency,
    FakeJwts,
    FakeKeyMaker,
    FakePasswords,
    FakeSessions,
    FakeSigningKeys,
    FakeThrottle,
    FakeUsers,
    RecordingAuditTrail,
    SeededEntropy,
)

T = TypeVar("T")

PATIENT = ThrottlePolicy(per_account=100, per_source=1000)


@dataclass(slots=True)
class FakeKeySet:
    """Publishes the keys that a test gives it."""

    keys: list[Mapping[str, str]] = field(default_factory=list)

    def published(self) -> list[Mapping[str, str]]:
        return self.keys


class FakeHouse:
    """Everything behind the interfaces; tests reach into the adapters."""

    def __init__(
        self,
        *,
        limit: SessionLimit = NO_LIMIT,
        throttle_policy: ThrottlePolicy = PATIENT,
    ) -> None:
        self.database = FakeDatabase()
        self.clock = FakeClock()
        self.audit = RecordingAuditTrail()
        self.codec = FakeCodec()
        self.passwords = FakePasswords()
        self.jwts = FakeJwts(self.clock)
        self.dependency = FakeDependency()
        self.key_set = FakeKeySet()
        self.use_cases = build(
            UseCases,
            {
                "users": FakeUsers(self.database),
                "sessions": FakeSessions(self.database),
                "session_register": FakeSessions(self.database),
                "signing_keys": FakeSigningKeys(self.database),
                "login_throttle": FakeThrottle(self.database),
                "passwords": self.passwords,
                "refresh_tokens": self.codec,
                "signer": self.jwts,
                "access_tokens": self.jwts,
                "make_signing_key": FakeKeyMaker(),
                "clock": self.clock,
                "entropy": SeededEntropy(),
                "audit": self.audit,
                "terms": SessionTerms(Renewal.REUSABLE, LIFETIME, limit),
                "access_token_lifetime": 10 * MINUTE,
                "renewal_policy": RenewalPolicy(),
                "throttle_policy": throttle_policy,
                "key_policy": KeyPolicy(30 * DAY, 5 * MINUTE, 10 * MINUTE),
                "retention": 30 * DAY,
                "batch_size": 100,
                "dependencies": (self.dependency,),
            },
        )

    async def add_user(self, name: str = "ada", password: str = "correct horse") -> User:
        """A user who can log in."""
        user = a_user(name, password_hash=await self.passwords.hash(password))
        self.database.users[user.id] = user
        return user

    def add_session(self, **differences: Any) -> tuple[Session, str]:
        """A live session and the text of its current refresh token; its user is new as well."""
        user = differences.pop("user", None) or a_user()
        session = a_session(user, **{"renewal": Renewal.REUSABLE} | differences)
        self.database.users[user.id] = user
        self.database.sessions[session.id] = session
        return session, self.codec.write(a_token(session))

    def text_of(self, token: RefreshToken) -> str:
        return self.codec.write(token)


def build(kind: type[T], named: Mapping[str, Any]) -> T:
    """Make a dataclass out of what has its fields' names, and build what has not."""
    types = get_type_hints(kind)
    return kind(
        **{
            each.name: named[each.name] if each.name in named else _part(types[each.name], named)
            for each in fields(kind)  # type: ignore[arg-type]
        }
    )


def _part(kind: Any, named: Mapping[str, Any]) -> Any:
    if not is_dataclass(kind):
        raise LookupError(f"nothing is wired for {kind}")
    return build(kind, named)  # type: ignore[arg-type]
