"""Refresh, while others refresh the same token or end what it stands for."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from application.steps.session_opener import OpenedSession
from application.steps.session_terms import NOTHING
from domain.errors import InvalidRefreshToken, RemintError, Unavailable, UserNotFound
from domain.sessions import Renewal
from tests.support.fakes.builders import MINUTE, OPERATOR
from tests.support.fakes.fakes import FakeDatabase
from tests.support.fakes.interruptions import InterruptedSessions, Interruptions
from tests.support.fakes.stores import Stores
from tests.support.fakes.use_cases_over_fakes import ORIGIN, UseCasesOverFakes

pytestmark = pytest.mark.anyio

End = Callable[[UseCasesOverFakes, OpenedSession], Awaitable[object]]

ENDS: dict[str, End] = {
    "disabled": lambda house, _: house.can.operators.disable_user("someone", by=OPERATOR),
    "deleted": lambda house, _: house.can.operators.delete_user("someone", by=OPERATOR),
    "password set": lambda house, _: house.can.operators.set_password(
        "someone", "another password", by=OPERATOR
    ),
    "logged out": lambda house, _: house.can.operators.log_out_user("someone", by=OPERATOR),
    "logged out by the user": lambda house, opened: house.can.account.log_out_everywhere(
        opened.jwt, keep_this=False
    ),
    "ended": lambda house, opened: house.can.operators.end_session(opened.session.id, by=OPERATOR),
    "revoked": lambda house, opened: house.can.presenters.revoke(opened.refresh_token),
}
every_end = pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())


def interrupted_house() -> tuple[UseCasesOverFakes, Interruptions]:
    database, interruptions = FakeDatabase(), Interruptions()
    sessions = InterruptedSessions(database, interruptions)
    stores = replace(Stores.in_memory(database), sessions=sessions)
    return UseCasesOverFakes(stores, database=database), interruptions


async def tokens_from(house: UseCasesOverFakes, presented: str) -> list[str]:
    """The refresh tokens that a client holds after it tried to refresh."""
    try:
        refreshed = await house.refresh(presented)
    except RemintError:
        return [presented]
    return [presented, refreshed.refresh_token or presented]


async def assert_dead(house: UseCasesOverFakes, tokens: list[str]) -> None:
    for token in tokens:
        with pytest.raises((InvalidRefreshToken, UserNotFound)):
            await house.refresh(token)


@pytest.mark.proves("L7")
async def test_fifty_callers_with_one_token_write_once_and_share_the_successor(
    house: UseCasesOverFakes,
) -> None:
    opened = await house.signed_in()
    answers = await asyncio.gather(*(house.refresh(opened.refresh_token) for _ in range(50)))
    assert len({answer.refresh_token for answer in answers}) == 1
    assert len({answer.jwt for answer in answers}) == 50
    assert house.database.writes == {"advance": 1}


@pytest.mark.proves("L7")
async def test_fifty_recoveries_of_one_answer_write_once(house: UseCasesOverFakes) -> None:
    opened = await house.signed_in()
    await house.rotate(opened.refresh_token)
    house.database.writes.clear()
    answers = await asyncio.gather(*(house.refresh(opened.refresh_token) for _ in range(50)))
    assert len({answer.refresh_token for answer in answers}) == 1
    assert house.database.writes == {"advance": 1}
    assert house.audit.names == ["answerRecovered"]


@pytest.mark.proves("L6")
async def test_fifty_replays_of_a_dead_token_raise_one_alert(house: UseCasesOverFakes) -> None:
    opened = await house.signed_in()
    await house.rotate(await house.rotate(opened.refresh_token))
    refusals = await asyncio.gather(
        *(house.refresh(opened.refresh_token) for _ in range(50)), return_exceptions=True
    )
    assert {type(refusal) for refusal in refusals} == {InvalidRefreshToken}
    assert len(house.audit.alerts) == 1


async def test_fifty_callers_of_a_reusable_session_note_its_use_once(
    reusable_house: UseCasesOverFakes,
) -> None:
    opened = await reusable_house.signed_in()
    reusable_house.passes(70 * MINUTE)
    await asyncio.gather(*(reusable_house.refresh(opened.refresh_token) for _ in range(50)))
    assert reusable_house.database.writes == {"touch": 1}


async def test_a_request_that_loses_every_round_is_answered_unavailable() -> None:
    house, interruptions = interrupted_house()
    opened = await house.signed_in()

    async def somebody_is_faster() -> None:
        stored = house.database.sessions[opened.session.id]
        house.database.sessions[stored.id] = stored.advance(
            beyond=stored.generation, parent=0, recoveries=stored.recoveries, now=house.clock()
        )
        house.passes(MINUTE)
        interruptions.after_read = somebody_is_faster

    interruptions.after_read = somebody_is_faster
    with pytest.raises(Unavailable) as unavailable:
        await house.refresh(opened.refresh_token)
    assert unavailable.value.reason == "contended"


@pytest.mark.proves("L10")
@every_end
async def test_an_end_right_after_the_read_leaves_no_token_alive(end: End) -> None:
    house, interruptions = interrupted_house()
    opened = await house.signed_in()

    async def strike() -> None:
        await end(house, opened)

    interruptions.after_read = strike
    await assert_dead(house, await tokens_from(house, opened.refresh_token))


@pytest.mark.proves("L10")
@every_end
async def test_an_end_right_before_the_read_leaves_no_token_alive(end: End) -> None:
    house, interruptions = interrupted_house()
    opened = await house.signed_in()

    async def strike() -> None:
        await end(house, opened)

    interruptions.before_read = strike
    await assert_dead(house, await tokens_from(house, opened.refresh_token))


@pytest.mark.proves("L10")
@every_end
async def test_an_end_during_a_burst_leaves_no_token_alive(end: End) -> None:
    """An answer without a write hands out the current token, and that one is dead."""
    house, interruptions = interrupted_house()
    opened = await house.signed_in()
    current = (await house.refresh(opened.refresh_token)).refresh_token
    assert current is not None

    async def strike() -> None:
        await end(house, opened)

    interruptions.after_read = strike
    await assert_dead(house, await tokens_from(house, current))


@pytest.mark.proves("L10")
@every_end
async def test_an_end_wins_over_fifty_callers(end: End) -> None:
    house = UseCasesOverFakes()
    opened = await house.signed_in()
    held = await asyncio.gather(
        *(tokens_from(house, opened.refresh_token) for _ in range(25)),
        _nothing_held(end(house, opened)),
        *(tokens_from(house, opened.refresh_token) for _ in range(25)),
    )
    await assert_dead(house, [token for tokens in held for token in tokens])


async def _nothing_held(act: Awaitable[object]) -> list[str]:
    await act
    return []


@every_end
async def test_an_end_wins_over_a_reusable_session_too(end: End) -> None:
    house = UseCasesOverFakes(renewal=Renewal.REUSABLE)
    opened = await house.signed_in()
    await end(house, opened)
    await assert_dead(house, [opened.refresh_token])


@pytest.mark.proves("L10")
async def test_a_log_in_that_overlaps_a_password_change_opens_no_live_session(
    house: UseCasesOverFakes,
) -> None:
    """What was opened under the old password lives in an epoch that is over."""
    as_read = await house.add_user()
    await house.can.operators.set_password("someone", "another password", by=OPERATOR)
    opener = house.can.operators.open_session.session_for_user.session_opener
    opened = await opener(as_read, None, NOTHING, ORIGIN, house.clock())
    assert opened is None
    assert not house.database.sessions
