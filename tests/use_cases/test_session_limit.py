"""Log in at the limit of sessions: which session makes room, or which log-in is refused."""

import asyncio
from datetime import timedelta

import pytest

from domain.actors import SERVER
from domain.causes import EndCause, LoginFailure
from domain.decision_table import Rule
from domain.errors import TooManySessions
from domain.events import LoginFailed, SessionEnded
from domain.sessions import AtLimit, SessionLimit
from tests.support.fakes.builders import IDLE, MINUTE, OPERATOR
from tests.support.fakes.use_cases_over_fakes import UseCasesOverFakes, some_terms

pytestmark = pytest.mark.anyio


def limited(at_limit: AtLimit) -> UseCasesOverFakes:
    limit = SessionLimit(2, at_limit, IDLE)
    return UseCasesOverFakes(terms=some_terms(limit=limit))


@pytest.mark.proves("L13")
async def test_at_the_limit_the_oldest_session_makes_room() -> None:
    house = limited(AtLimit.END_OLDEST)
    user = await house.add_user()
    oldest = await house.log_in()
    for _ in range(2):
        house.passes(timedelta(minutes=1))
        newest = await house.log_in()
    assert [event for event in house.audit.events if isinstance(event, SessionEnded)] == [
        SessionEnded(
            at=house.clock(),
            subject=user.subject,
            session=oldest.session.id,
            cause=EndCause.REPLACED,
            actor=SERVER,
        )
    ]
    assert (await house.refresh(newest.refresh_token)).rule is Rule.ROTATION


@pytest.mark.proves("L13")
async def test_at_the_limit_a_log_in_can_be_refused() -> None:
    house = limited(AtLimit.REFUSE)
    user = await house.add_user()
    for _ in range(2):
        await house.log_in()
    with pytest.raises(TooManySessions):
        await house.log_in()
    assert len(house.database.sessions) == 2
    assert house.audit.events[-1] == LoginFailed(
        at=house.clock(), subject=user.subject, cause=LoginFailure.TOO_MANY_SESSIONS
    )


async def test_sessions_that_are_over_make_room_by_themselves() -> None:
    house = limited(AtLimit.REFUSE)
    await house.add_user()
    for _ in range(2):
        await house.log_in()
    house.passes(IDLE + MINUTE)
    await house.log_in()
    await house.can.operators.log_out_user("someone", by=OPERATOR)
    for _ in range(2):
        await house.log_in()


@pytest.mark.proves("L13")
async def test_racing_log_ins_respect_the_limit() -> None:
    house = limited(AtLimit.END_OLDEST)
    await house.add_user()
    await asyncio.gather(*(house.log_in() for _ in range(10)))
    alive = [row for row in house.database.sessions.values() if row.ended_at is None]
    assert len(alive) == 2
