"""The storages that every contract is held against: in memory, on SQLite and on Postgres."""

from collections.abc import AsyncIterator

import pytest

from domain.ports.audit_outbox import AuditOutbox
from domain.ports.clients import Clients
from domain.ports.login_throttle import LoginThrottle
from domain.ports.session_register import SessionRegister
from domain.ports.sessions import Sessions
from domain.ports.signing_keys import SigningKeys
from domain.ports.trusted_issuers import TrustedIssuers
from domain.ports.used_ids import UsedIds
from domain.ports.user_register import UserRegister
from domain.ports.users import Users
from infrastructure.database.audit_outbox import SqlAuditOutbox
from infrastructure.database.database import Database
from tests.support.fakes.fake_stores import FakeAuditOutbox, FakeDatabase
from tests.support.fakes.stores import Stores
from tests.support.servers.databases import KINDS, sql_stores


@pytest.fixture(params=["memory", *KINDS])
def storage_url(request: pytest.FixtureRequest) -> str | None:
    """None for the one in memory."""
    if request.param == "memory":
        return None
    return str(request.getfixturevalue(f"migrated_{request.param}_url"))


@pytest.fixture
async def stores(storage_url: str | None) -> AsyncIterator[Stores]:
    if storage_url is None:
        yield Stores.in_memory(FakeDatabase())
        return
    database = Database(storage_url)
    yield sql_stores(database)
    await database.dispose()


@pytest.fixture
def users(stores: Stores) -> Users:
    return stores.users


@pytest.fixture
def user_register(stores: Stores) -> UserRegister:
    return stores.user_register


@pytest.fixture
def clients(stores: Stores) -> Clients:
    return stores.clients


@pytest.fixture
def sessions(stores: Stores) -> Sessions:
    return stores.sessions


@pytest.fixture
def register(stores: Stores) -> SessionRegister:
    return stores.session_register


@pytest.fixture
def signing_keys(stores: Stores) -> SigningKeys:
    return stores.signing_keys


@pytest.fixture
def throttle(stores: Stores) -> LoginThrottle:
    return stores.login_throttle


@pytest.fixture
def trusted_issuers(stores: Stores) -> TrustedIssuers:
    return stores.trusted_issuers


@pytest.fixture
def used_ids(stores: Stores) -> UsedIds:
    return stores.used_ids


@pytest.fixture
async def outbox(storage_url: str | None) -> AsyncIterator[AuditOutbox]:
    if storage_url is None:
        yield FakeAuditOutbox(FakeDatabase())
        return
    database = Database(storage_url)
    yield SqlAuditOutbox(database)
    await database.dispose()
