"""Refresh: every rule of the table as the presenter of a token meets it."""

import pytest

from domain.causes import EndCause, RefusalCause
from domain.decision_table import Rule
from domain.errors import InvalidRefreshToken, Unavailable, UserNotFound
from domain.events import AnswerRecovered, RefreshRefused, RefreshTokenReused, RotationLost
from domain.sessions import Renewal
from tests.support.fakes.builders import (
    ANOTHER_SECRET,
    DAY,
    HOUR,
    IDLE,
    LIFETIME,
    MINUTE,
    OPERATOR,
    SECOND,
)
from tests.support.fakes.fakes import Patience
from tests.support.fakes.use_cases_over_fakes import UseCasesOverFakes

pytestmark = pytest.mark.anyio


async def refused(house: UseCasesOverFakes, token: str) -> RefusalCause:
    with pytest.raises(InvalidRefreshToken) as error:
        await house.refresh(token)
    return error.value.cause


@pytest.mark.proves("T2")
async def test_a_made_up_token_is_refused_without_asking_the_database(
    house: UseCasesOverFakes,
) -> None:
    house.database.is_down = True
    assert await refused(house, "rmt1_made-up") is RefusalCause.UNRECOGNIZED


async def test_rule_unrecognized_an_authentic_token_of_no_session_is_refused(
    house: UseCasesOverFakes,
) -> None:
    opened = await house.signed_in()
    house.database.sessions.clear()
    assert await refused(house, opened.refresh_token) is RefusalCause.UNRECOGNIZED
    assert house.audit.names == ["refreshRefused"]


async def test_rule_unrecognized_another_secret_changes_nothing(house: UseCasesOverFakes) -> None:
    opened = await house.signed_in()
    token = house.codec.read(opened.refresh_token)
    forged = house.codec.write(type(token)(token.session_id, 0, ANOTHER_SECRET))
    assert await refused(house, forged) is RefusalCause.UNRECOGNIZED
    assert not house.database.writes


@pytest.mark.proves("D5")
@pytest.mark.parametrize("cause", EndCause)
async def test_rule_ended_an_ended_session_tells_its_cause(
    house: UseCasesOverFakes, cause: EndCause
) -> None:
    opened = await house.signed_in()
    await house.stores.sessions.end(opened.session.id, cause, house.clock())
    assert (await refused(house, opened.refresh_token)).value == cause.value


@pytest.mark.proves("L1")
async def test_rule_expired_an_idle_session_is_refused(house: UseCasesOverFakes) -> None:
    opened = await house.signed_in()
    house.passes(IDLE - SECOND)
    successor = await house.rotate(opened.refresh_token)
    house.passes(IDLE)
    assert await refused(house, successor) is RefusalCause.IDLE


@pytest.mark.proves("L2")
async def test_rule_expired_no_amount_of_use_outlasts_the_lifetime(
    house: UseCasesOverFakes,
) -> None:
    opened = await house.signed_in()
    token = opened.refresh_token
    for _ in range(9):
        token = await house.rotate(token)
        house.passes(10 * DAY - MINUTE)
    assert house.clock() == opened.session.opened_at + LIFETIME
    assert await refused(house, token) is RefusalCause.EXPIRED


@pytest.mark.proves("L2")
async def test_the_last_jwt_of_a_session_does_not_outlive_it(house: UseCasesOverFakes) -> None:
    opened = await house.signed_in()
    token = opened.refresh_token
    for _ in range(8):
        house.passes(11 * DAY)
        token = await house.rotate(token)
    house.clock.now = opened.session.expires_at - MINUTE
    last = await house.refresh(token)
    assert house.jwts.signed[last.jwt].expires_at == opened.session.expires_at


@pytest.mark.proves("D2")
async def test_rule_owner_a_deleted_user_is_told_apart_from_a_bad_token(
    house: UseCasesOverFakes,
) -> None:
    opened = await house.signed_in()
    await house.can.operators.delete_user("someone", by=OPERATOR)
    with pytest.raises(UserNotFound):
        await house.refresh(opened.refresh_token)


@pytest.mark.proves("D1")
async def test_rule_reusable_a_reusable_session_hands_out_no_token_and_writes_nothing(
    reusable_house: UseCasesOverFakes,
) -> None:
    opened = await reusable_house.signed_in()
    for _ in range(3):
        refreshed = await reusable_house.refresh(opened.refresh_token)
        assert (refreshed.rule, refreshed.refresh_token) == (Rule.REUSABLE, None)
    assert not reusable_house.database.writes


async def test_rule_reusable_a_session_in_use_never_becomes_idle(
    reusable_house: UseCasesOverFakes,
) -> None:
    opened = await reusable_house.signed_in()
    for _ in range(8):
        reusable_house.passes(10 * DAY)
        await reusable_house.refresh(opened.refresh_token)
    assert reusable_house.database.writes == {"touch": 8}


@pytest.mark.proves("D1")
async def test_a_session_keeps_the_renewal_that_it_was_opened_with(
    house: UseCasesOverFakes,
) -> None:
    opened = await house.signed_in(renewal=Renewal.REUSABLE)
    assert (await house.refresh(opened.refresh_token)).refresh_token is None


async def test_rule_burst_a_burst_is_one_write(house: UseCasesOverFakes) -> None:
    opened = await house.signed_in()
    first = await house.refresh(opened.refresh_token)
    assert first.refresh_token is not None
    again = await house.refresh(first.refresh_token)
    assert (again.rule, again.refresh_token) == (Rule.BURST, first.refresh_token)
    assert house.database.writes == {"advance": 1}


async def test_rule_rotation_a_refresh_hands_out_a_jwt_and_a_successor(
    house: UseCasesOverFakes,
) -> None:
    opened = await house.signed_in()
    refreshed = await house.refresh(opened.refresh_token)
    assert refreshed.rule is Rule.ROTATION
    assert refreshed.refresh_token not in (None, opened.refresh_token)
    assert house.jwts.signed[refreshed.jwt].session_id == opened.session.id
    assert house.audit.names == []


async def test_rule_rotation_a_jwt_carries_the_roles_of_now(house: UseCasesOverFakes) -> None:
    await house.add_user(roles=("reader",))
    opened = await house.log_in()
    refreshed = await house.refresh(opened.refresh_token)
    assert house.jwts.signed[refreshed.jwt].roles == ("reader",)


@pytest.mark.proves("L8")
async def test_rule_grace_a_retry_gets_the_same_successor(house: UseCasesOverFakes) -> None:
    opened = await house.signed_in()
    answers = [await house.refresh(opened.refresh_token) for _ in range(5)]
    assert {answer.refresh_token for answer in answers} == {answers[0].refresh_token}
    assert [answer.rule for answer in answers] == [Rule.ROTATION] + 4 * [Rule.GRACE]
    assert house.database.writes == {"advance": 1}


async def test_rule_recovery_a_lost_answer_is_recovered(house: UseCasesOverFakes) -> None:
    opened = await house.signed_in()
    lost = await house.rotate(opened.refresh_token)
    recovered = await house.refresh(opened.refresh_token)
    assert recovered.rule is Rule.RECOVERY
    assert recovered.refresh_token not in (None, lost)
    assert house.audit.events == [
        AnswerRecovered(
            at=house.clock(),
            subject=str(opened.session.user_id),
            session=opened.session.id,
            generation=2,
            recoveries=1,
        )
    ]


async def test_rule_recovery_a_fourth_loss_in_a_row_ends_the_session(
    house: UseCasesOverFakes,
) -> None:
    opened = await house.signed_in()
    for _ in range(4):
        await house.rotate(opened.refresh_token)
    assert await refused(house, opened.refresh_token) is RefusalCause.REUSED


async def test_rule_recovery_losses_not_in_a_row_never_use_up_the_recoveries(
    house: UseCasesOverFakes,
) -> None:
    token = (await house.signed_in()).refresh_token
    for _ in range(20):
        await house.rotate(token)
        token = await house.rotate(token)
    assert not house.audit.alerts


@pytest.mark.proves("L5", "L6")
async def test_rule_reuse_reuse_ends_the_session_for_all_its_tokens(
    house: UseCasesOverFakes,
) -> None:
    first = (await house.signed_in()).refresh_token
    second = await house.rotate(first)
    third = await house.rotate(second)
    for token in (first, second, third):
        assert await refused(house, token) is RefusalCause.REUSED


async def test_rule_reuse_the_skipped_successor_gives_its_presenter_away(
    house: UseCasesOverFakes,
) -> None:
    first = (await house.signed_in()).refresh_token
    skipped = await house.rotate(first)
    recovered = await house.rotate(first)
    assert await refused(house, skipped) is RefusalCause.REUSED
    assert await refused(house, recovered) is RefusalCause.REUSED


@pytest.mark.proves("L6")
async def test_rule_reuse_after_a_restore_finds_a_thief_at_the_fourth_use(
    house: UseCasesOverFakes,
) -> None:
    """The restored row makes the thief's successor the token that the owner has already.

    Until the fourth use, nothing differs from one client that lost an answer.
    """
    stolen = (await house.signed_in()).refresh_token
    backup = house.database.snapshot()
    owners = await house.rotate(stolen)
    house.database.restore(backup)
    thiefs = await house.rotate(stolen)
    assert thiefs == owners
    owners = await house.rotate(owners)
    await house.rotate(thiefs)
    assert not house.audit.alerts
    assert await refused(house, owners) is RefusalCause.REUSED
    assert len(house.audit.alerts) == 1


@pytest.mark.proves("L6")
async def test_rule_reuse_raises_one_alert_however_often_the_token_comes(
    house: UseCasesOverFakes,
) -> None:
    opened = await house.signed_in()
    await house.rotate(await house.rotate(opened.refresh_token))
    for _ in range(3):
        await refused(house, opened.refresh_token)
    now, owner, session = house.clock(), opened.subject, opened.session.id
    refusal = RefreshRefused(at=now, subject=owner, session=session, cause=RefusalCause.REUSED)
    reuse = RefreshTokenReused(at=now, subject=owner, session=session, generation=0)
    assert house.audit.events == [reuse, refusal, refusal]
    assert len(house.audit.alerts) == 1


async def test_rule_lost_rotation_a_forgetful_database_logs_nobody_out(
    house: UseCasesOverFakes,
) -> None:
    opened = await house.signed_in()
    backup = house.database.snapshot()
    token = await house.rotate(await house.rotate(opened.refresh_token))
    house.database.restore(backup)
    refreshed = await house.refresh(token)
    assert refreshed.rule is Rule.LOST_ROTATION
    assert house.audit.alerts == [
        RotationLost(
            at=house.clock(),
            subject=str(opened.session.user_id),
            session=opened.session.id,
            generation=2,
            stored_generation=0,
        )
    ]


async def test_rule_lost_rotation_leads_back_to_normal(house: UseCasesOverFakes) -> None:
    opened = await house.signed_in()
    backup = house.database.snapshot()
    token = await house.rotate(opened.refresh_token)
    house.database.restore(backup)
    for _ in range(3):
        token = await house.rotate(token)
    assert len(house.audit.alerts) == 1


@pytest.mark.parametrize("presented_again", [0, 1], ids=["reuse", "recovery"])
async def test_a_request_that_nobody_waits_for_presumes_no_loss(
    house: UseCasesOverFakes, presented_again: int
) -> None:
    """A request that arrives after its client gave up says nothing about a loss or a theft."""
    tokens = [(await house.signed_in()).refresh_token]
    tokens.append(await house.rotate(tokens[0]))
    await house.rotate(tokens[1])
    house.database.writes.clear()
    with pytest.raises(Unavailable):
        await house.refresh(tokens[presented_again], Patience(waits=False))
    assert not house.database.writes
    assert not house.audit.events


async def test_only_a_presumed_loss_asks_whether_anybody_waits(house: UseCasesOverFakes) -> None:
    patience = Patience(waits=False)
    opened = await house.signed_in()
    for _ in range(3):
        await house.refresh(opened.refresh_token, patience)
    assert patience.asked == 0


async def test_without_a_signing_key_the_same_token_can_be_presented_again(
    house: UseCasesOverFakes,
) -> None:
    opened = await house.signed_in()
    house.jwts.has_key = False
    with pytest.raises(Unavailable):
        await house.refresh(opened.refresh_token)
    house.jwts.has_key = True
    house.passes(HOUR)
    assert (await house.refresh(opened.refresh_token)).jwt


async def test_an_outage_is_no_refusal(house: UseCasesOverFakes) -> None:
    opened = await house.signed_in()
    house.database.is_down = True
    with pytest.raises(Unavailable):
        await house.refresh(opened.refresh_token)
    house.database.is_down = False
    assert (await house.refresh(opened.refresh_token)).rule is Rule.ROTATION


@pytest.mark.proves("S1")
async def test_no_repr_shows_a_token(house: UseCasesOverFakes) -> None:
    opened = await house.signed_in()
    refreshed = await house.refresh(opened.refresh_token)
    shown = repr(opened) + repr(refreshed)
    for secret in (opened.refresh_token, opened.jwt, refreshed.refresh_token, refreshed.jwt):
        assert secret is not None
        assert secret not in shown
