"""Each rule of the decision table by an example, for a first reading of the table."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.causes import EndCause, RefusalCause
from domain.decision_table import (
    Advance,
    Continue,
    Decision,
    End,
    Refuse,
    RenewalPolicy,
    Rule,
    decide,
    touch_after,
)
from domain.sessions import OwnedSession, Renewal, Session
from tests.support.fakes.builders import (
    ANOTHER_SECRET,
    DAY,
    HOUR,
    IDLE,
    LIFETIME,
    MINUTE,
    NOON,
    SECOND,
    a_session,
    a_token,
    an_owner,
    owned,
)

POLICY = RenewalPolicy()
OWNER = an_owner()
ROTATED = a_session(generation=5, parent=4, rotated_at=NOON)


def presented(
    session: Session, generation: int | None = None, *, after: timedelta = timedelta()
) -> Decision:
    return decide(owned(session), a_token(session, generation), NOON + after, POLICY)


def test_rule_unrecognized_a_token_without_a_session_is_unrecognized() -> None:
    refused = decide(None, a_token(), NOON, POLICY)
    assert refused == Refuse(Rule.UNRECOGNIZED, RefusalCause.UNRECOGNIZED)


def test_rule_unrecognized_a_token_with_another_secret_is_unrecognized() -> None:
    forged = a_token(ROTATED, 0, secret=ANOTHER_SECRET)
    refused = decide(owned(ROTATED), forged, NOON + HOUR, POLICY)
    assert refused == Refuse(Rule.UNRECOGNIZED, RefusalCause.UNRECOGNIZED)


@pytest.mark.parametrize("cause", EndCause)
def test_rule_ended_an_ended_session_refuses_with_its_cause(cause: EndCause) -> None:
    ended = replace(ROTATED, ended_at=NOON, end_cause=cause)
    assert presented(ended, 4) == Refuse(Rule.ENDED, RefusalCause(cause.value))


@pytest.mark.proves("L1")
@pytest.mark.parametrize(("after", "refused"), [(IDLE - SECOND, False), (IDLE + SECOND, True)])
def test_rule_expired_a_session_ends_by_idleness_to_the_second(
    after: timedelta, refused: bool
) -> None:
    decision = presented(ROTATED, after=after)
    assert (decision == Refuse(Rule.EXPIRED, RefusalCause.IDLE)) is refused


@pytest.mark.proves("L2")
def test_rule_expired_no_use_prolongs_a_session_beyond_its_lifetime() -> None:
    used_all_along = a_session(last_used_at=NOON + LIFETIME - SECOND)
    assert presented(used_all_along, after=LIFETIME - SECOND).rule == Rule.ROTATION
    assert presented(used_all_along, after=LIFETIME) == Refuse(Rule.EXPIRED, RefusalCause.EXPIRED)


@pytest.mark.proves("D2")
def test_rule_owner_a_deleted_user_has_a_cause_of_its_own() -> None:
    refused = decide(OwnedSession(ROTATED, None), a_token(ROTATED), NOON, POLICY)
    assert refused == Refuse(Rule.OWNER, RefusalCause.USER_GONE)


def test_rule_owner_a_disabled_user_continues_nothing() -> None:
    refused = decide(owned(ROTATED, is_disabled=True), a_token(ROTATED), NOON, POLICY)
    assert refused == Refuse(Rule.OWNER, RefusalCause.USER_DISABLED)


def test_rule_owner_changed_credentials_leave_older_sessions_behind() -> None:
    refused = decide(owned(ROTATED, credentials_epoch=1), a_token(ROTATED), NOON, POLICY)
    assert refused == Refuse(Rule.OWNER, RefusalCause.CREDENTIALS_CHANGED)


def test_rule_reusable_a_reusable_session_continues_and_writes_nothing() -> None:
    reusable = a_session(renewal=Renewal.REUSABLE)
    assert presented(reusable, after=MINUTE) == Continue(
        Rule.REUSABLE, reusable, OWNER, touch=False
    )


def test_rule_reusable_a_reusable_session_notes_its_use_once_an_hour() -> None:
    reusable = a_session(renewal=Renewal.REUSABLE)
    assert presented(reusable, after=HOUR) == Continue(Rule.REUSABLE, reusable, OWNER, touch=True)


def test_rule_reusable_a_short_idle_time_is_noted_in_tenths() -> None:
    assert touch_after(HOUR) == 6 * MINUTE
    assert touch_after(DAY) == HOUR


@pytest.mark.parametrize("after", [-HOUR, timedelta(), 10 * SECOND - SECOND / 1000])
def test_rule_burst_a_burst_gets_the_token_that_it_holds(after: timedelta) -> None:
    assert presented(ROTATED, 5, after=after) == Continue(Rule.BURST, ROTATED, OWNER)


def test_rule_rotation_begins_exactly_where_the_burst_ends() -> None:
    assert presented(ROTATED, 5, after=POLICY.coalesce).rule == Rule.ROTATION


def test_rule_rotation_a_current_token_is_superseded_by_the_next() -> None:
    decision = presented(ROTATED, 5, after=MINUTE)
    successor = replace(
        ROTATED, generation=6, parent=5, rotated_at=NOON + MINUTE, last_used_at=NOON + MINUTE
    )
    assert decision == Advance(Rule.ROTATION, ROTATED, OWNER, successor)


def test_rule_rotation_a_first_refresh_rotates_at_once() -> None:
    assert presented(a_session()).rule == Rule.ROTATION


def test_rule_rotation_a_confirmed_successor_gives_all_recoveries_back() -> None:
    decision = presented(replace(ROTATED, recoveries=3), 5, after=MINUTE)
    assert isinstance(decision, Advance)
    assert decision.successor.recoveries == 0


@pytest.mark.proves("L8")
@pytest.mark.parametrize("after", [timedelta(), 10 * SECOND])
def test_rule_grace_the_parent_is_answered_with_the_successor(after: timedelta) -> None:
    """The same successor, and the window stays where it is, because nothing is written."""
    assert presented(ROTATED, 4, after=after) == Continue(Rule.GRACE, ROTATED, OWNER, touch=False)


@pytest.mark.proves("L5")
def test_rule_recovery_a_later_parent_skips_the_successor_nobody_confirmed() -> None:
    """The skipped token is dead for every presenter."""
    decision = presented(ROTATED, 4, after=11 * SECOND)
    assert isinstance(decision, Advance)
    recovered = decision.successor
    assert (decision.rule, recovered.generation, recovered.parent) == (Rule.RECOVERY, 6, 4)
    assert recovered.recoveries == 1
    ends = End(Rule.REUSE, recovered, OWNER, EndCause.REUSED)
    assert presented(recovered, 5, after=12 * SECOND) == ends


def test_rule_recovery_only_so_many_answers_are_lost_in_a_row() -> None:
    assert presented(replace(ROTATED, recoveries=2), 4, after=MINUTE).rule == Rule.RECOVERY
    assert presented(replace(ROTATED, recoveries=3), 4, after=MINUTE).rule == Rule.REUSE


@pytest.mark.proves("L6")
@pytest.mark.parametrize("after", [-DAY, timedelta(), SECOND, DAY])
def test_rule_reuse_an_older_token_ends_the_session_at_any_time(after: timedelta) -> None:
    ends = End(Rule.REUSE, ROTATED, OWNER, EndCause.REUSED)
    assert presented(ROTATED, 3, after=after) == ends


@pytest.mark.parametrize("generation", [6, 9])
def test_rule_lost_rotation_a_token_ahead_of_its_row_is_believed(generation: int) -> None:
    decision = presented(ROTATED, generation)
    assert isinstance(decision, Advance)
    assert decision.rule == Rule.LOST_ROTATION
    assert decision.successor.generation == generation + 1
    assert decision.successor.parent == generation


def test_rule_lost_rotation_gives_all_recoveries_back() -> None:
    """The owner holds a token that no earlier loss says anything about."""
    decision = presented(replace(ROTATED, recoveries=3), 6)
    assert isinstance(decision, Advance)
    assert decision.successor.recoveries == 0


@pytest.mark.parametrize("generation", [4, 5, 6])
def test_whatever_continues_carries_the_roles_of_now(generation: int) -> None:
    found = owned(ROTATED, roles=("reader",))
    decision = decide(found, a_token(ROTATED, generation), NOON + MINUTE, POLICY)
    assert isinstance(decision, Advance)
    assert decision.owner.roles == ("reader",)


def test_the_rules_are_named_as_causes_are_written() -> None:
    """The names are published: answers of `remint sessions explain` and metrics carry them."""
    assert [rule.value for rule in Rule] == [
        "unrecognized",
        "foreign",
        "ended",
        "expired",
        "owner",
        "reusable",
        "burst",
        "rotation",
        "grace",
        "recovery",
        "reuse",
        "lostRotation",
    ]


def test_an_end_wins_over_grace() -> None:
    ended = replace(ROTATED, ended_at=NOON, end_cause=EndCause.REVOKED)
    assert presented(ended, 4, after=SECOND).rule == Rule.ENDED


def test_a_rotation_under_a_slow_clock_leaves_no_session_idle() -> None:
    """Once the clock is right again, the session does not look a month unused."""
    opened = a_session()
    while_slow = presented(opened, after=-30 * DAY)
    assert isinstance(while_slow, Advance)
    assert presented(while_slow.successor, after=MINUTE).rule == Rule.ROTATION


@pytest.mark.proves("D5")
def test_every_cause_of_an_end_can_be_told_to_the_presenter() -> None:
    """One vocabulary; what a session ends by is what its token is refused with."""
    assert {RefusalCause(cause.value).value for cause in EndCause} == {
        cause.value for cause in EndCause
    }
