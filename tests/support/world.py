"""All use cases over the in-memory adapters, wired by the names that they ask for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, get_type_hints

from application import UseCases
from application.opening import SessionTerms
from domain.continuing import RenewalPolicy
from domain.sessions import Renewal
from domain.signing_keys import KeyPolicy
from domain.throttling import ThrottlePolicy
from tests.support.builders import DAY, IDLE, LIFETIME, MINUTE, NO_LIMIT
from tests.support.fakes import (
    FakeClock,
    FakeCodec,
    FakeDatabase,
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


@dataclass(slots=True)
class World:
    """What a test may look at or change behind the use cases' backs."""

    database: FakeDatabase = field(default_factory=FakeDatabase)
    clock: FakeClock = field(default_factory=FakeClock)
    audit: RecordingAuditTrail = field(default_factory=RecordingAuditTrail)
    entropy: SeededEntropy = field(default_factory=SeededEntropy)
    terms: SessionTerms = field(
        default_factory=lambda: SessionTerms(Renewal.REUSABLE, LIFETIME, NO_LIMIT)
    )

    @asynccontextmanager
    async def open(self) -> AsyncIterator[UseCases]:
        use_cases: UseCases = _wired(UseCases, self._parts())
        yield use_cases

    def _parts(self) -> dict[str, Any]:
        jwts, sessions = FakeJwts(self.clock), FakeSessions(self.database)
        return {
            "users": FakeUsers(self.database),
            "sessions": sessions,
            "session_register": sessions,
            "signing_keys": FakeSigningKeys(self.database),
            "login_throttle": FakeThrottle(self.database),
            "passwords": FakePasswords(),
            "refresh_tokens": FakeCodec(),
            "access_tokens": jwts,
            "signer": jwts,
            "make_signing_key": FakeKeyMaker(),
            "clock": self.clock,
            "entropy": self.entropy,
            "audit": self.audit,
            "terms": self.terms,
            "renewal_policy": RenewalPolicy(idle=IDLE),
            "throttle_policy": ThrottlePolicy(),
            "key_policy": KeyPolicy(90 * DAY, 6 * MINUTE, 10 * MINUTE),
            "access_token_lifetime": 10 * MINUTE,
            "retention": 7 * DAY,
            "batch_size": 100,
            "dependencies": (),
        }


def _wired(kind: Any, parts: dict[str, Any]) -> Any:
    """An instance of a use case: a port by its name, another use case by its type."""
    wanted = get_type_hints(kind)
    return kind(
        **{
            name: parts[name] if name in parts else _wired(type_, parts)
            for name, type_ in wanted.items()
        }
    )
