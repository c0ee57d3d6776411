"""PgBouncer in transaction mode: every statement can meet another server, and all goes well."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from domain.errors import Unavailable
from domain.login_throttle import LoginAttempts
from domain.sessions import AtLimit, LiveAt, SessionLimit
from infrastructure.database import schema
from infrastructure.database.checkup import DatabaseCheckup
from infrastructure.database.database import Database
from infrastructure.database.health import DatabaseHealth
from infrastructure.database.limits import Limits
from infrastructure.database.login_throttle import SqlLoginThrottle
from infrastructure.database.session_register import SqlSessionRegister
from infrastructure.database.sessions import SqlSessions
from infrastructure.database.users import SqlUsers
from testing.middlemen import pgbouncer
from testing.postgres import Cluster
from tests.support.fakes.builders import HOUR, IDLE, MINUTE, NOON, SECOND, a_session, a_user

pytestmark = pytest.mark.anyio

LIMIT = SessionLimit(count=2, at_limit=AtLimit.END_OLDEST, idle=IDLE)


@pytest.fixture
def pooled_url(postgres: Cluster, postgres_url: str, tmp_path: Path) -> Iterator[str]:
    with pgbouncer(postgres, folder=tmp_path, pool_size=3) as port:
        direct, pooled = f":{postgres.port}/", f":{port}/"
        yield postgres_url.replace(direct, pooled) + "?prepared_statement_cache_size=0"


@pytest.fixture
async def pooled(pooled_url: str) -> AsyncIterator[Database]:
    database = Database(pooled_url, Limits(statement_timeout=MINUTE))
    await schema.upgrade(database)
    yield database
    await database.dispose()


async def test_everything_is_done_as_without_it(pooled: Database) -> None:
    users, sessions = SqlUsers(pooled), SqlSessions(pooled)
    register, throttle = SqlSessionRegister(pooled), SqlLoginThrottle(pooled)

    async def someone(number: int) -> None:
        user = a_user(f"user {number}")
        await users.add(user)
        session = a_session(user)
        await sessions.open(session, LIMIT)
        for generation in range(5):
            successor = session.advance(
                beyond=generation, parent=generation, recoveries=0, now=NOON + HOUR
            )
            tries = [sessions.advance(session, successor) for _ in range(3)]
            assert sum(await asyncio.gather(*tries)) == 1
            found = await sessions.find(session.id)
            assert found is not None
            assert found.session == successor
            session = successor
        page = await register.page(user.id, LiveAt(NOON, IDLE), after=None, size=9)
        assert [found.session for found in page] == [session]
        assert await users.replace(user.with_password("new", NOON), keeping=session.id)
        key = f"account:{user.name}"
        assert await throttle.count(key, NOON, HOUR) == LoginAttempts(1, NOON + HOUR)

    await asyncio.gather(*(someone(number) for number in range(20)))
    assert await DatabaseHealth(pooled).problem() is None


async def test_no_statement_is_waited_for_longer_than_the_limit(pooled_url: str) -> None:
    database = Database(pooled_url, Limits(statement_timeout=SECOND))
    with pytest.raises(Unavailable):
        await database.row(text("SELECT pg_sleep(30)"))
    assert await database.row(text("SELECT 1")) == (1,)
    await database.dispose()


async def test_time_limits_that_the_role_lacks_are_named_with_their_remedy(
    pooled: Database, postgres: Cluster
) -> None:
    fault = await DatabaseCheckup(pooled).time_limit_fault()
    assert fault is not None
    assert "no statement_timeout, lock_timeout, idle_in_transaction_session_timeout." in fault
    _, _, statements = fault.partition("as a superuser: ")
    name = str(pooled.address.url.database)
    for statement in statements.split("; "):
        postgres.sql(statement.replace(" SET ", f" IN DATABASE {name} SET "))
    postgres.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
    assert await DatabaseCheckup(pooled).time_limit_fault() is None


async def test_without_a_pooler_connections_set_the_limits_themselves(postgres_url: str) -> None:
    database = Database(postgres_url)
    assert await DatabaseCheckup(database).time_limit_fault() is None
    await database.dispose()
