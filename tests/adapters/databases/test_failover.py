"""One address that names several Postgres servers leads to the one that takes writes."""

import asyncio
import time
from datetime import timedelta

import pytest

from domain.errors import Unavailable
from infrastructure.database import schema
from infrastructure.database.database import Database
from infrastructure.database.limits import Limits
from infrastructure.database.sessions import SqlSessions
from infrastructure.database.users import SqlUsers
from testing.postgres import Cluster, several_hosts_url
from tests.support.fakes.builders import HOUR, NO_LIMIT, NOON, a_session, a_user
from tests.support.fakes.storing import store_sessions

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def open_one(sessions: SqlSessions, seconds: float = 20.0) -> None:
    """As a client does: again, for as long as the answer is 503."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            await sessions.open(a_session(a_user()), NO_LIMIT)
        except Unavailable:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        else:
            return


@pytest.mark.proves("L9")
async def test_what_was_acknowledged_is_there_after_a_promotion_and_service_goes_on() -> None:
    with Cluster.create() as primary, primary.standby(synchronous=True) as standby:
        # The standby comes first, so that it has to be passed over.
        url = several_hosts_url(standby, primary)
        database = Database(url, Limits(statement_timeout=timedelta(seconds=2)))
        await schema.upgrade(database)
        sessions, session = SqlSessions(database), a_session()
        await store_sessions(SqlUsers(database), sessions, session)
        await sessions.touch(session, NOON + HOUR)
        primary.kill()
        with pytest.raises(Unavailable):
            await sessions.open(a_session(), NO_LIMIT)
        standby.promote()
        await open_one(sessions)
        found = await sessions.find(session.id)
        assert found is not None
        assert found.session.last_used_at == NOON + HOUR
        await database.dispose()
