"""The relay of audit events, over an outbox in memory: no event is lost, and none told twice."""

from datetime import datetime

import pytest
from prometheus_client import CollectorRegistry

from domain.actors import Actor
from domain.errors import Unavailable
from domain.events import LoggedIn, UserDisabled
from infrastructure.telemetry.audit_log import AuditLog
from infrastructure.telemetry.audit_relay import BATCH, AuditOfCommand, AuditRelay
from infrastructure.telemetry.metrics import Instruments
from infrastructure.telemetry.observed_ports import CountedAudit
from tests.support.fakes.builders import NOON, SECOND, a_user
from tests.support.fakes.fake_stores import FakeAuditOutbox, FakeDatabase
from tests.support.fakes.fakes import FakeClock, SeededEntropy
from tests.support.fakes.log_capture import Captured

pytestmark = pytest.mark.anyio

ADA = Actor.operator("ada")


class World:
    """A command's audit, a server's relay, and the outbox between them."""

    def __init__(self, logged: Captured) -> None:
        logged.set_up("info")
        self.logged = logged
        self.registry = CollectorRegistry()
        self.database = FakeDatabase()
        self.outbox = FakeAuditOutbox(self.database)
        self.command = AuditOfCommand(FakeClock(), SeededEntropy())
        self.log_is_written = True
        self.relay = AuditRelay(
            self.outbox,
            CountedAudit(AuditLog(), Instruments(self.registry)),
            lambda: self.log_is_written,
        )

    async def disabled(self, *times: datetime) -> None:
        for at in times:
            self.command(UserDisabled.by(ADA, a_user(), at=at))
        await self.command.store(self.outbox)

    @property
    def told(self) -> list[str]:
        return [line["at"] for line in self.logged.lines if line.get("audit")]

    def counted(self, metric: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(metric, labels)


@pytest.fixture
def world(logged: Captured) -> World:
    return World(logged)


async def test_the_line_is_the_one_that_the_server_itself_would_write(world: World) -> None:
    event = UserDisabled.by(ADA, a_user(), at=NOON)
    world.command(event)
    await world.command.store(world.outbox)
    await world.relay()
    AuditLog()(event)
    passed_on, own = ({**line, "timestamp": ""} for line in world.logged.lines)
    assert passed_on == own
    assert list(passed_on) == list(own)
    assert world.counted("remint_audit_events_total", event="userDisabled") == 1


async def test_events_keep_the_order_in_which_they_were_reported(world: World) -> None:
    times = [NOON + number * SECOND for number in (5, 1, 4, 2, 3)]
    await world.disabled(*times)
    await world.relay()
    assert world.told == [at.isoformat() for at in times]


async def test_all_that_waits_is_passed_on_at_once(world: World) -> None:
    count = 2 * BATCH + 1
    await world.disabled(*(NOON + number * SECOND for number in range(count)))
    await world.relay()
    assert len(world.told) == count
    assert not world.database.audit_records


async def test_log_ins_are_counted_wherever_they_were_reported(world: World) -> None:
    world.command(LoggedIn(at=NOON))
    await world.command.store(world.outbox)
    await world.relay()
    assert world.counted("remint_logins_total", outcome="success", cause="") == 1


async def test_nothing_is_taken_while_the_log_cannot_be_written(world: World) -> None:
    await world.disabled(NOON)
    world.log_is_written = False
    await world.relay()
    assert (world.told, len(world.database.audit_records)) == ([], 1)
    world.log_is_written = True
    await world.relay()
    assert (len(world.told), len(world.database.audit_records)) == (1, 0)


async def test_a_line_that_waits_in_the_log_keeps_its_record_and_is_not_written_again(
    world: World,
) -> None:
    """The server can be killed before the line leaves it."""
    await world.disabled(NOON)
    answers = iter([True, False])
    world.relay.is_log_written = lambda: next(answers, True)
    await world.relay()
    assert (len(world.told), len(world.database.audit_records)) == (1, 1)
    await world.relay()
    assert (len(world.told), len(world.database.audit_records)) == (1, 0)


async def test_a_commit_that_fails_again_and_again_writes_no_line_twice(world: World) -> None:
    await world.disabled(NOON)
    world.database.loses_commits = True
    for _ in range(3):
        with pytest.raises(Unavailable):
            await world.relay()
    world.database.loses_commits = False
    await world.relay()
    assert (len(world.told), len(world.database.audit_records)) == (1, 0)
