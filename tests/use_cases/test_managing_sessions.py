"""What operators do to sessions."""

from datetime import datetime
from uuid import UUID

import pytest

from application.purge import Purge
from application.steps.session_terms import Asked
from domain.causes import EndCause, RefusalCause
from domain.decision_table import End, Rule
from domain.errors import InvalidRefreshToken, SessionNotFound, UserDisabled
from domain.events import SessionEnded, SessionOpened
from domain.page import Page
from domain.sessions import Renewal
from tests.support.fakes.builders import DAY, LIFETIME, MINUTE, OPERATOR
from tests.support.fakes.fake_stores import (
    FakeRevocations,
    FakeSessions,
    FakeThrottle,
    FakeUsedIds,
)
from tests.support.fakes.use_cases_over_fakes import ORIGIN, UseCasesOverFakes

pytestmark = pytest.mark.anyio


async def test_an_operator_opens_a_session_without_a_password(house: UseCasesOverFakes) -> None:
    user = await house.add_user()
    opened = await house.can.operators.open_session(
        "someone", ORIGIN, Asked(renewal=Renewal.REUSABLE), by=OPERATOR
    )
    assert (await house.refresh(opened.refresh_token)).rule is Rule.REUSABLE
    assert house.audit.events[1:] == [
        SessionOpened(
            at=house.clock(), subject=user.subject, session=opened.session.id, actor=OPERATOR
        )
    ]


async def test_nobody_opens_a_session_for_a_disabled_user(house: UseCasesOverFakes) -> None:
    await house.add_user()
    await house.can.operators.disable_user("someone", by=OPERATOR)
    with pytest.raises(UserDisabled):
        await house.can.operators.open_session("someone", ORIGIN, by=OPERATOR)


@pytest.mark.proves("L11")
async def test_an_operator_ends_any_session(house: UseCasesOverFakes) -> None:
    opened = await house.signed_in()
    for _ in range(2):
        await house.can.operators.end_session(opened.session.id, by=OPERATOR)
    with pytest.raises(InvalidRefreshToken) as error:
        await house.refresh(opened.refresh_token)
    assert error.value.cause is RefusalCause.REVOKED
    assert house.audit.events[0] == SessionEnded(
        at=house.clock(),
        subject=str(opened.session.user_id),
        session=opened.session.id,
        cause=EndCause.REVOKED,
        actor=OPERATOR,
    )
    assert house.audit.names == ["sessionEnded", "refreshRefused"]


async def test_ending_no_session_is_an_error(house: UseCasesOverFakes) -> None:
    with pytest.raises(SessionNotFound):
        await house.can.operators.end_session(UUID(int=0), by=OPERATOR)


async def test_live_sessions_are_listed_and_others_are_not(house: UseCasesOverFakes) -> None:
    await house.add_user("other")
    await house.log_in("other")
    ended = await house.signed_in()
    alive = await house.log_in()
    await house.can.operators.end_session(ended.session.id, by=OPERATOR)
    [listed] = (await house.can.operators.list_sessions("someone")).items
    assert listed.found.session.id == alive.session.id
    assert len((await house.can.operators.list_sessions()).items) == 2
    await house.can.operators.log_out_user("someone", by=OPERATOR)
    assert await house.can.operators.list_sessions("someone") == Page([], has_more=False)


async def test_sessions_are_listed_in_pages(house: UseCasesOverFakes) -> None:
    await house.add_user()
    ids = []
    for _ in range(5):
        ids.append((await house.log_in()).session.id)
        house.passes(MINUTE)
    first = await house.can.operators.list_sessions("someone", size=3)
    last = first.items[-1].found.session.id
    second = await house.can.operators.list_sessions("someone", after=last, size=3)
    assert [one.found.session.id for one in first.items + second.items] == ids
    assert (first.has_more, second.has_more) == (True, False)


async def test_a_page_of_sessions_has_100_unless_told_otherwise(house: UseCasesOverFakes) -> None:
    await house.add_user()
    for _ in range(101):
        await house.log_in()
    page = await house.can.operators.list_sessions()
    assert (len(page.items), page.has_more) == (100, True)


async def test_explaining_a_token_names_its_rule_and_changes_nothing(
    house: UseCasesOverFakes,
) -> None:
    opened = await house.signed_in()
    await house.rotate(await house.rotate(opened.refresh_token))
    house.database.writes.clear()
    explained = await house.can.operators.explain_refresh_token(opened.refresh_token)
    [session] = house.database.sessions.values()
    [user] = house.database.users.values()
    assert explained.decision == End(Rule.REUSE, session, user.as_owner(), EndCause.REUSED)
    assert explained.generation == 0
    assert explained.found == await house.stores.sessions.find(opened.session.id) is not None
    assert explained.at == house.clock()
    assert not house.database.writes
    assert not house.audit.events


async def test_there_is_nothing_to_explain_about_a_made_up_token(house: UseCasesOverFakes) -> None:
    with pytest.raises(InvalidRefreshToken):
        await house.can.operators.explain_refresh_token("made up")


@pytest.mark.proves("L14")
async def test_purging_keeps_sessions_whose_tokens_can_be_replayed(
    house: UseCasesOverFakes,
) -> None:
    """Until its lifetime and the retention are over, a row answers with the true cause."""
    opened = await house.signed_in()
    await house.can.operators.end_session(opened.session.id, by=OPERATOR)
    house.passes(LIFETIME + DAY)
    assert await house.can.server.purge() == 0
    house.passes(MINUTE)
    assert await house.can.server.purge() == 1
    assert not house.database.sessions


@pytest.mark.proves("L14")
@pytest.mark.parametrize("count", [0, 2, 3, 4, 9, 10])
async def test_purging_goes_on_until_nothing_is_left(house: UseCasesOverFakes, count: int) -> None:
    """In batches, three rows each here."""
    await house.add_user()
    for _ in range(count):
        await house.log_in()
    house.passes(LIFETIME + 2 * DAY)
    assert await house.can.server.purge() == count
    assert not house.database.sessions


@pytest.mark.proves("L14")
async def test_no_statement_purges_more_than_a_batch(house: UseCasesOverFakes) -> None:
    """So that no other statement waits long for it."""
    asked = list[int]()

    class Sessions(FakeSessions):
        async def purge(self, expired_before: datetime, at_most: int) -> int:
            asked.append(at_most)
            return await FakeSessions.purge(self, expired_before, at_most)

    class Throttle(FakeThrottle):
        async def purge(self, over_before: datetime, at_most: int) -> int:
            asked.append(at_most)
            return await FakeThrottle.purge(self, over_before, at_most)

    class Revocations(FakeRevocations):
        async def purge(self, changed_before: datetime, at_most: int) -> int:
            asked.append(at_most)
            return await FakeRevocations.purge(self, changed_before, at_most)

    class UsedIds(FakeUsedIds):
        async def purge(self, over_before: datetime, at_most: int) -> int:
            asked.append(at_most)
            return await FakeUsedIds.purge(self, over_before, at_most)

    database = house.database
    stores = Sessions(database), Throttle(database), Revocations(database), UsedIds(database)
    purge = Purge(*stores, DAY, MINUTE, house.clock, 3)
    await house.add_user()
    for _ in range(4):
        await house.log_in()
    house.passes(LIFETIME + 2 * DAY)
    assert await purge() == 4
    assert asked == [3] * len(asked)
    assert len(asked) >= 4


async def test_purging_forgets_the_ids_of_assertions_that_are_over(
    house: UseCasesOverFakes,
) -> None:
    for number in range(5):
        await house.stores.used_ids.use("shop", str(number), house.clock() + MINUTE)
    await house.stores.used_ids.use("shop", "5", house.clock() + 2 * MINUTE)
    house.passes(MINUTE)
    await house.can.server.purge()
    assert list(house.database.used_ids) == [("shop", "5")]


async def test_purging_drops_throttle_windows_that_are_over(house: UseCasesOverFakes) -> None:
    for number in range(5):
        await house.stores.login_throttle.count(f"key-{number}", house.clock(), MINUTE)
    house.passes(MINUTE)
    await house.stores.login_throttle.count("key-5", house.clock(), MINUTE)
    await house.can.server.purge()
    assert list(house.database.attempts) == ["key-5"]
