"""How identifiers are made."""

from uuid import RFC_4122

from domain.identifiers import random_id, timed_id
from tests.support.fakes.builders import NOON, SECOND
from tests.support.fakes.fakes import SeededEntropy


def test_a_random_id_is_a_version_4_uuid() -> None:
    made = random_id(SeededEntropy())
    assert (made.version, made.variant) == (4, RFC_4122)


def test_a_timed_id_is_a_version_7_uuid() -> None:
    made = timed_id(NOON, SeededEntropy())
    assert (made.version, made.variant) == (7, RFC_4122)


def test_timed_ids_sort_by_when_they_were_made() -> None:
    entropy = SeededEntropy()
    made = [timed_id(NOON + tick * SECOND / 1000, entropy) for tick in range(1000)]
    assert made == sorted(made)


def test_no_id_is_drawn_twice() -> None:
    entropy = SeededEntropy()
    assert len({timed_id(NOON, entropy) for _ in range(1000)}) == 1000
    assert len({random_id(entropy) for _ in range(1000)}) == 1000
