"""Lengths of time as people write them."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from interfaces.durations import read_duration, write_duration

milliseconds = st.integers(min_value=0, max_value=10**12).map(lambda n: timedelta(milliseconds=n))


@given(milliseconds)
@example(timedelta())
@example(timedelta(days=1, milliseconds=1))
def test_what_is_written_reads_back_as_the_same(duration: timedelta) -> None:
    assert read_duration(write_duration(duration)) == duration


@given(st.integers(min_value=0, max_value=10**9))
def test_a_bare_number_counts_seconds_as_number_and_as_text(seconds: int) -> None:
    assert read_duration(seconds) == read_duration(str(seconds)) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("words", "duration"),
    [
        ("10m", timedelta(minutes=10)),
        ("14d", timedelta(days=14)),
        ("1h30m", timedelta(hours=1, minutes=30)),
        ("1h 30m", timedelta(hours=1, minutes=30)),
        ("1.5h", timedelta(minutes=90)),
        ("500ms", timedelta(milliseconds=500)),
        ("2W", timedelta(weeks=2)),
        (" 10s ", timedelta(seconds=10)),
        (0.25, timedelta(milliseconds=250)),
    ],
)
def test_words_mean_what_people_mean(words: object, duration: timedelta) -> None:
    assert read_duration(words) == duration


@pytest.mark.parametrize(
    "nonsense",
    [
        *("", " ", "ten minutes", "10x", "m", "10m1h", "10m5m", "-5s", "1e3", "٣s", "nan", "inf"),
        *("P14D", "1h,30m", "9" * 30 + "d"),
        *(True, None, -1, float("nan"), float("inf"), 10**30, ["10m"]),
    ],
)
def test_nonsense_is_refused(nonsense: object) -> None:
    with pytest.raises(ValueError, match="duration"):
        read_duration(nonsense)


@given(st.text())
def test_any_text_is_a_duration_or_refused_and_nothing_else(text: str) -> None:
    with suppress(ValueError):
        assert read_duration(text) >= timedelta()
