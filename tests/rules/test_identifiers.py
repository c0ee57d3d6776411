"""How identifiers are made."""

from datetime import UTC, datetime
from uuid import RFC_4122, UUID

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


def test_a_timed_id_begins_with_the_milliseconds_of_its_making() -> None:
    """RFC 9562 section 5.7, whose example this is (appendix A.6)."""
    moment = datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)
    random_bits = bytes.fromhex("0cc318c4dc0c0c07398f")
    assert timed_id(moment, lambda _: random_bits) == UUID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")


def test_a_random_id_uses_every_bit_that_the_version_leaves() -> None:
    """RFC 9562 section 5.4, whose example this is (appendix A.3)."""
    drawn = bytes.fromhex("919108f752d133205bacf847db4148a8")
    assert random_id(lambda _: drawn) == UUID("919108f7-52d1-4320-9bac-f847db4148a8")


def test_ids_draw_as_many_bytes_as_they_keep() -> None:
    drawn = list[int]()

    def entropy(count: int) -> bytes:
        drawn.append(count)
        return bytes(count)

    random_id(entropy)
    timed_id(NOON, entropy)
    assert drawn == [16, 10]
