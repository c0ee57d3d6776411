"""Where everything lives, as one bundle."""

from dataclasses import dataclass

from domain.ports.clients import Clients
from domain.ports.login_throttle import LoginThrottle
from domain.ports.revocations import Revocations
from domain.ports.session_register import SessionRegister
from domain.ports.sessions import Sessions
from domain.ports.signing_keys import SigningKeys
from domain.ports.trusted_issuers import TrustedIssuers
from domain.ports.used_ids import UsedIds
from domain.ports.user_register import UserRegister
from domain.ports.users import Users
from tests.support.fakes.fake_stores import (
    FakeClients,
    FakeDatabase,
    FakeRevocations,
    FakeSessions,
    FakeSigningKeys,
    FakeThrottle,
    FakeTrustedIssuers,
    FakeUsedIds,
    FakeUsers,
)


@dataclass(frozen=True, slots=True)
class Stores:
    """The ports behind which everything is stored: in memory, or in a database."""

    users: Users
    user_register: UserRegister
    sessions: Sessions
    session_register: SessionRegister
    signing_keys: SigningKeys
    login_throttle: LoginThrottle
    clients: Clients
    revocations: Revocations
    trusted_issuers: TrustedIssuers
    used_ids: UsedIds

    @classmethod
    def in_memory(cls, database: FakeDatabase) -> "Stores":
        users, sessions = FakeUsers(database), FakeSessions(database)
        return cls(
            users,
            users,
            sessions,
            sessions,
            FakeSigningKeys(database),
            FakeThrottle(database),
            FakeClients(database),
            FakeRevocations(database),
            FakeTrustedIssuers(database),
            FakeUsedIds(database),
        )
