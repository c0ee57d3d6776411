"""What is counted and measured, asked for as Prometheus does."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from config.settings.sections import MetricsSettings
from config.wiring.observability import count_pool_use
from infrastructure.database.database import Database
from infrastructure.database.limits import Limits
from infrastructure.telemetry.metrics import Instruments
from tests.support.checks.promtool import promtool
from tests.support.fakes.log_capture import Captured
from tests.support.servers.instance import Instance, instance, settings_in

pytestmark = pytest.mark.anyio

REFRESH = "/api/v1/authenticate/refresh"
CANARY = "rmt1_c4n4ry"


@pytest.fixture
async def house(tmp_path: Path, logged: Captured) -> AsyncIterator[Instance]:
    async with instance(settings_in(tmp_path), logged.set_up("error")) as running:
        yield running


async def scraped(house: Instance) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    answer = await house.client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def value(house: Instance, name: str, **labels: str) -> float:
    """Of one series; 0 where nothing was counted yet."""
    return (await scraped(house)).get((name, frozenset(labels.items())), 0.0)


async def test_requests_are_counted_by_route_and_status_and_measured(house: Instance) -> None:
    for _ in range(3):
        await house.client.get("/health/live")
    labels = {"method": "GET", "route": "/health/live"}
    assert await value(house, "remint_http_requests_total", status="200", **labels) == 3
    assert await value(house, "remint_http_request_duration_seconds_count", **labels) == 3


@pytest.mark.proves("S1")
async def test_nobody_outside_can_make_series_or_plant_text_in_them(house: Instance) -> None:
    await scraped(house)
    before = len(await scraped(house))
    for number in range(20):
        await house.client.request(f"CANARY{number}", f"/{CANARY}{number}?{CANARY}")
        await house.refresh(f"{CANARY}{number}")
    text = (await house.client.get("/metrics")).text
    assert "canary" not in text.lower()
    assert "c4n4ry" not in text.lower()
    assert len(await scraped(house)) < before + 60


async def test_refreshes_are_counted_by_what_came_of_them(house: Instance) -> None:
    opened = (await house.log_in(renewal="rotating")).json()
    await house.refresh(opened["refreshToken"])
    await house.refresh(opened["refreshToken"])
    await house.refresh("rmt1_made-up")
    await house.client.post(REFRESH, json={})
    for outcome, cause in [
        ("success", "rotation"),
        ("success", "grace"),
        ("failure", "unrecognized"),
        ("failure", "invalidRequest"),
    ]:
        name = "remint_refreshes_total"
        assert await value(house, name, outcome=outcome, cause=cause) == 1, cause


async def test_log_ins_are_counted_by_their_true_cause(house: Instance) -> None:
    await house.log_in()
    await house.log_in("not the password")
    name = "remint_logins_total"
    assert await value(house, name, outcome="success", cause="") == 1
    assert await value(house, name, outcome="failure", cause="wrongPassword") == 1
    assert await value(house, name, outcome="failure", cause="throttled") == 0
    assert await value(house, "remint_audit_events_total", event="loginFailed") == 1
    assert await value(house, "remint_passwords_pending") == 0


async def test_alerts_are_there_before_they_first_fire(house: Instance) -> None:
    """A rate needs the zero before the one."""
    found = await scraped(house)
    for event in ("refreshTokenReused", "rotationLost", "answerRecovered"):
        assert found["remint_audit_events_total", frozenset({("event", event)})] == 0


async def test_the_database_and_the_hasher_are_measured(house: Instance) -> None:
    opened = (await house.log_in()).json()
    await house.refresh(opened["refreshToken"])
    for name, operation in [
        ("remint_database_operation_duration_seconds_count", "sessions.find"),
        ("remint_database_operation_duration_seconds_count", "users.named"),
        ("remint_password_operation_duration_seconds_count", "passwords.verify"),
        ("remint_database_batch_size_count", "sessions.find"),
    ]:
        assert await value(house, name, operation=operation) >= 1, operation
    assert await value(house, "remint_database_connections_limit") == 10


async def test_the_use_of_the_pool_is_seen(tmp_path: Path) -> None:
    registry = CollectorRegistry()
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/pool.db", Limits(pool_size=2))
    count_pool_use(database, limit=2, instruments=Instruments(registry))

    def in_use() -> float | None:
        return registry.get_sample_value("remint_database_connections_in_use")

    async with database.connection(), database.transaction():
        assert in_use() == 2
    assert in_use() == 0
    await database.dispose()


async def test_names_and_units_are_as_prometheus_wants_them(house: Instance) -> None:
    await house.log_in()
    assert promtool("check", "metrics", text=(await house.client.get("/metrics")).text) == ""


async def test_openmetrics_is_answered_to_who_asks_for_it(house: Instance) -> None:
    accept = "application/openmetrics-text;version=1.0.0"
    answer = await house.client.get("/metrics", headers={"Accept": accept})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert "remint_build_info" in {family.name for family in openmetrics(answer.text)}


@pytest.mark.proves("H16")
async def test_metrics_can_be_switched_off(tmp_path: Path, logged: Captured) -> None:
    settings = settings_in(tmp_path, metrics=MetricsSettings(enabled=False))
    async with instance(settings, logged.set_up("error")) as house:
        assert (await house.client.get("/metrics")).status_code == 404


@pytest.mark.proves("H16")
async def test_metrics_can_have_a_path_of_their_own(tmp_path: Path, logged: Captured) -> None:
    settings = settings_in(tmp_path, metrics=MetricsSettings(path="/inside/metrics"))
    async with instance(settings, logged.set_up("error")) as house:
        assert (await house.client.get("/inside/metrics")).status_code == 200
        assert (await house.client.get("/metrics")).status_code == 404


@pytest.mark.proves("H16")
async def test_metrics_can_have_a_port_of_their_own_where_nothing_else_is(
    tmp_path: Path, logged: Captured
) -> None:
    settings = settings_in(tmp_path, metrics=MetricsSettings(port=9464))
    async with instance(settings, logged.set_up("error")) as house:
        inside = "http://remint.test:9464"
        assert (await house.client.get(f"{inside}/metrics")).status_code == 200
        assert (await house.client.get(f"{inside}/health/live")).status_code == 404
        assert (await house.client.get("/metrics")).status_code == 404
        assert (await house.client.get("/health/live")).status_code == 200
