"""The storages that every contract is held against: in memory, on SQLite and on Postgres (S9)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from domain.ports.login_throttle import LoginThrottle
from domain.ports.session_register import SessionRegister
from domain.ports.sessions import Sessions
from domain.ports.signing_keys import SigningKeys
from domain.ports.user_register import UserRegister
from domain.ports.users import Users
from infrastructure.database.database import Database
from infrastructure.database.login_throttle import SqlLoginThrottle
from infrastructure.database.session_register import SqlSessionRegister
from infrastructure.database.sessions import SqlSessions
from infrastructure.database.signing_keys import SqlSigningKeys
from infrastructure.database.user_register import SqlUserRegister
from infrastructure.database.users import SqlUsers
from tests.support.fakes.fake_stores import (
    FakeDatabase,
    FakeSessions,
    FakeSigningKeys,
    FakeThrottle,
    FakeUsers,
)
from tests.support.servers.databases import KINDS


@dataclass(frozen=True, slots=True)
class Storage:
    users: Users
    user_register: UserRegister
    sessions: Sessions
    register: SessionRegister
    signing_keys: SigningKeys
    throttle: LoginThrottle


def in_memory() -> Storage:
    shared = FakeDatabase()
    return Storage(
        FakeUsers(shared),
        FakeUsers(shared),
        FakeSessions(shared),
        FakeSessions(shared),
        FakeSigningKeys(shared),
        FakeThrottle(shared),
    )


def in_sql(database: Database) -> Storage:
    return Storage(
        SqlUsers(database),
        SqlUserRegister(database),
        SqlSessions(database),
        SqlSessionRegister(database),
        SqlSigningKeys(database),
        SqlLoginThrottle(database),
    )


@pytest.fixture(params=["memory", *KINDS])
def storage_url(request: pytest.FixtureRequest) -> str | None:
    """None for the one in memory."""
    if request.param == "memory":
        return None
    return str(request.getfixturevalue(f"migrated_{request.param}_url"))


@pytest.fixture
async def storage(storage_url: str | None) -> AsyncIterator[Storage]:
    if storage_url is None:
        yield in_memory()
        return
    database = Database(storage_url)
    yield in_sql(database)
    await database.dispose()


@pytest.fixture
def users(storage: Storage) -> Users:
    return storage.users


@pytest.fixture
def user_register(storage: Storage) -> UserRegister:
    return storage.user_register


@pytest.fixture
def sessions(storage: Storage) -> Sessions:
    return storage.sessions


@pytest.fixture
def register(storage: Storage) -> SessionRegister:
    return storage.register


@pytest.fixture
def signing_keys(storage: Storage) -> SigningKeys:
    return storage.signing_keys


@pytest.fixture
def throttle(storage: Storage) -> LoginThrottle:
    return storage.throttle
