"""The decision function, held against the table in every situation that there is."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
)
from domain.refresh_tokens import LAST_GENERATION
from tests.support.checks.decision_table import Situation, expected
from tests.support.checks.situations import aimed_at, alive, any_situation, moments, policies
from tests.support.fakes.builders import (
    ANOTHER_SECRET,
    IDLE,
    NOON,
    SECOND,
    a_session,
    a_token,
    an_owner,
    owned,
)


def decided(situation: Situation) -> Decision:
    s = situation
    return decide(s.found, s.token, s.now, s.policy, s.client)


@pytest.mark.parametrize("rule", Rule)
@given(st.data())
def test_the_first_row_that_applies_decides(rule: Rule, data: st.DataObject) -> None:
    """Each row has examples of its own, so that none is left to luck."""
    situation = data.draw(aimed_at(rule))
    assert expected(situation)[0] == rule
    holds_in(situation)


@given(any_situation())
def test_the_table_is_total(situation: Situation) -> None:
    holds_in(situation)


def holds_in(situation: Situation) -> None:
    decision = decided(situation)
    assert (decision.rule, what_happens(decision)) == expected(situation)
    if isinstance(decision, Continue | Advance):
        assert situation.found is not None
        assert situation.found.owner is not None
        assert decision.owner == situation.found.owner


def what_happens(decision: Decision) -> str:
    match decision:
        case End():
            return "end"
        case Refuse():
            return "refuse"
        case Continue():
            return "continue"
        case Advance():
            return "advance"


@given(any_situation())
def test_an_unauthentic_token_ends_no_session(situation: Situation) -> None:
    forged = replace(situation, token=replace(situation.token, secret=ANOTHER_SECRET))
    assert decided(forged) == Refuse(Rule.UNRECOGNIZED, RefusalCause.UNRECOGNIZED)


@given(alive(), st.sampled_from(EndCause))
def test_an_end_wins_over_every_window(situation: Situation, cause: EndCause) -> None:
    ended = replace(situation.session, ended_at=NOON, end_cause=cause)
    refused = decide(owned(ended), situation.token, situation.now, situation.policy)
    assert refused == Refuse(Rule.ENDED, RefusalCause(cause.value))


@given(alive(), moments)
def test_a_clock_that_steps_back_refuses_nobody(situation: Situation, earlier: datetime) -> None:
    if isinstance(decided(situation), Refuse | End):
        return
    stepped_back = replace(situation, now=min(earlier, situation.now))
    assert not isinstance(decided(stepped_back), Refuse | End)


@given(alive())
def test_reuse_detection_reads_generations_and_never_the_clock(situation: Situation) -> None:
    decision = decided(situation)
    assert not isinstance(decision, Refuse)
    if isinstance(decision, End):
        assert decision == End(
            Rule.REUSE, situation.session, an_owner(roles=decision.owner.roles), EndCause.REUSED
        )
        assert situation.token.generation < situation.session.generation


@given(alive())
def test_a_successor_is_younger_than_everything_ever_handed_out(situation: Situation) -> None:
    decision = decided(situation)
    if isinstance(decision, Advance):
        known = max(situation.token.generation, situation.session.generation)
        assert decision.successor.generation == known + 1
        assert decision.successor.parent == situation.token.generation


@given(alive())
def test_what_advances_keeps_all_that_identifies_and_bounds_the_session(
    situation: Situation,
) -> None:
    decision = decided(situation)
    if isinstance(decision, Advance):
        before, after = decision.session, decision.successor
        assert (after.id, after.user_id, after.secret_digest) == (
            before.id,
            before.user_id,
            before.secret_digest,
        )
        assert (after.opened_at, after.expires_at) == (before.opened_at, before.expires_at)
        assert after.renewal is before.renewal


@pytest.mark.proves("L8")
@given(policies, st.lists(st.integers(0, 30), max_size=8))
def test_the_grace_window_never_slides(policy: RenewalPolicy, pauses: list[int]) -> None:
    """However often the parent is replayed, its window ends when it was going to end."""
    session = a_session(generation=1, parent=0, rotated_at=NOON)
    now = NOON
    for pause in pauses:
        now += pause * SECOND
        decision = decide(owned(session), a_token(session, 0), now, replace(policy, idle=IDLE))
        if now - NOON > policy.grace:
            assert decision.rule != Rule.GRACE
            return
        assert decision == Continue(Rule.GRACE, session, an_owner(), touch=False)


@given(alive(), st.integers(0, 3))
def test_racing_requests_with_one_token_compute_one_successor(
    situation: Situation, later: int
) -> None:
    first = decided(situation)
    second = decided(replace(situation, now=situation.now + later * SECOND))
    if isinstance(first, Advance) and isinstance(second, Advance):
        assert first.successor.generation == second.successor.generation


@pytest.mark.parametrize(
    ("generation", "parent", "presented"),
    [
        (LAST_GENERATION, LAST_GENERATION - 1, LAST_GENERATION),
        (LAST_GENERATION, LAST_GENERATION - 1, LAST_GENERATION - 1),
        (7, 6, LAST_GENERATION),
    ],
)
def test_a_token_without_a_successor_is_refused_and_ends_nothing(
    generation: int, parent: int, presented: int
) -> None:
    session = a_session(generation=generation, parent=parent, rotated_at=NOON)
    token, policy = a_token(session, presented), RenewalPolicy()
    decision = decide(owned(session), token, NOON + 60 * SECOND, policy)
    assert decision == Refuse(Rule.EXPIRED, RefusalCause.EXPIRED)


def test_the_generation_before_the_last_has_a_successor() -> None:
    session = a_session(generation=LAST_GENERATION - 1, parent=0, rotated_at=NOON)
    decision = decide(owned(session), a_token(session), NOON + 60 * SECOND, RenewalPolicy())
    assert isinstance(decision, Advance)
    assert decision.successor.generation == LAST_GENERATION
