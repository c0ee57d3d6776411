"""The life of a signing key: published, signing, still verifying, gone."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.signing_keys import KeyPolicy, is_rotation_due, outlived_at, signing_at
from tests.support.fakes.builders import DAY, HOUR, MINUTE, NOON, SECOND, a_signing_key

POLICY = KeyPolicy(rotate_after=30 * DAY, published_ahead=HOUR, token_lifetime=10 * MINUTE)
OLD = a_signing_key(1)
YOUNG = a_signing_key(2, created_at=NOON + 30 * DAY - HOUR, signs_from=NOON + 30 * DAY)


def test_without_keys_nothing_signs_and_a_rotation_is_due() -> None:
    assert signing_at([], NOON) is None
    assert is_rotation_due([], NOON, POLICY)


@pytest.mark.proves("K3")
def test_a_published_key_does_not_sign_before_its_time() -> None:
    assert signing_at([OLD, YOUNG], YOUNG.signs_from - SECOND) is OLD
    assert signing_at([OLD, YOUNG], YOUNG.signs_from) is YOUNG


def test_an_only_key_signs_even_under_a_clock_that_is_behind() -> None:
    assert signing_at([OLD], NOON - DAY) is OLD


@pytest.mark.proves("K3")
def test_a_demoted_key_stays_until_its_last_jwt_has_died() -> None:
    last_death = YOUNG.signs_from + POLICY.token_lifetime
    assert outlived_at([OLD, YOUNG], last_death, POLICY) == []
    assert outlived_at([OLD, YOUNG], last_death + SECOND, POLICY) == [OLD]


def test_the_youngest_key_never_goes() -> None:
    assert outlived_at([OLD], NOON + 1000 * DAY, POLICY) == []


def test_a_successor_is_published_early_enough_to_sign_on_time() -> None:
    due = NOON + POLICY.rotate_after - POLICY.published_ahead
    assert not is_rotation_due([OLD], due - SECOND, POLICY)
    assert is_rotation_due([OLD], due, POLICY)
    assert not is_rotation_due([OLD, YOUNG], due, POLICY)


@given(
    st.lists(st.integers(0, 100), min_size=1, max_size=6),
    st.integers(-10, 200).map(lambda minutes: minutes * MINUTE),
)
def test_the_key_that_signs_is_never_dropped(starts: list[int], passed: timedelta) -> None:
    keys = [
        a_signing_key(sequence, signs_from=NOON + start * MINUTE)
        for sequence, start in enumerate(starts, 1)
    ]
    assert signing_at(keys, NOON + passed) not in outlived_at(keys, NOON + passed, POLICY)


@pytest.mark.proves("S1")
def test_no_log_shows_even_an_encrypted_key() -> None:
    assert "encrypted" not in repr(a_signing_key())
