"""What every store of waiting audit events promises (domain.ports.audit_outbox.AuditOutbox)."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import pytest

from domain.ports.audit_outbox import AuditOutbox, AuditRecord
from tests.support.fakes.builders import HOUR, NOON, SECOND

pytestmark = pytest.mark.anyio

FIELDS = {
    "event": "userDisabled",
    "alert": False,
    "subject": "Zoë \N{SNOWMAN} \x00 \ud800 '\"\\",
    "number": 2**60,
    "nested": {"list": [1, None, {"a": []}], "half": 0.5},
}


def a_record(number: int, **fields: object) -> AuditRecord:
    return AuditRecord(UUID(int=number), NOON + number * SECOND, {"event": "userAdded", **fields})


class Taking:
    """Takes what is handed over, if it is ready to."""

    def __init__(self, *, is_ready: bool = True) -> None:
        self.is_ready = is_ready
        self.taken: list[AuditRecord] = []

    def __call__(self, records: Sequence[AuditRecord]) -> bool:
        assert records
        self.taken += records if self.is_ready else ()
        return self.is_ready


async def test_a_record_is_handed_over_exactly_as_added_and_then_forgotten(
    outbox: AuditOutbox,
) -> None:
    record = AuditRecord(UUID(int=2**127 + 1), NOON + HOUR / 7, FIELDS)
    await outbox.add([record])
    to = Taking()
    assert [await outbox.hand_over(to, 10) for _ in range(2)] == [1, 0]
    assert to.taken == [record]


async def test_the_oldest_come_first_and_no_more_than_asked_for(outbox: AuditOutbox) -> None:
    records = [a_record(number) for number in range(5)]
    await outbox.add([records[n] for n in (3, 0, 4)])
    await outbox.add([records[n] for n in (2, 1)])
    to = Taking()
    assert [await outbox.hand_over(to, 2) for _ in range(4)] == [2, 2, 1, 0]
    assert to.taken == records


async def test_records_stay_while_they_are_not_taken(outbox: AuditOutbox) -> None:
    await outbox.add([a_record(1), a_record(2)])
    assert await outbox.hand_over(Taking(is_ready=False), 10) == 0

    def fail(_records: Sequence[AuditRecord]) -> bool:
        raise LookupError

    with pytest.raises(LookupError):
        await outbox.hand_over(fail, 10)
    to = Taking()
    assert await outbox.hand_over(to, 10) == 2
    assert to.taken == [a_record(1), a_record(2)]


async def test_racing_callers_are_handed_each_record_once(outbox: AuditOutbox) -> None:
    await outbox.add([a_record(number) for number in range(60)])
    to = Taking()

    async def take_all() -> None:
        while await outbox.waiting_since() is not None:
            await outbox.hand_over(to, 7)

    await asyncio.gather(*(take_all() for _ in range(5)))
    assert sorted(record.id.int for record in to.taken) == list(range(60))


async def test_nobody_is_called_where_nothing_waits(outbox: AuditOutbox) -> None:
    await outbox.add([])
    assert await outbox.waiting_since() is None
    assert await outbox.hand_over(Taking(), 10) == 0


async def test_the_oldest_that_waits_is_known(outbox: AuditOutbox) -> None:
    await outbox.add([a_record(2), a_record(1)])
    assert await outbox.waiting_since() == NOON + SECOND
    await outbox.hand_over(Taking(), 1)
    assert await outbox.waiting_since() == NOON + 2 * SECOND
