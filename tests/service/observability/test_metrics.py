"""Every counter and measurement, scraped as Prometheus does."""

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
from tests.support.servers.in_process_server import InProcessServer, in_process_server, settings_in

pytestmark = pytest.mark.anyio

REFRESH = "/api/v1/authenticate/refresh"
CANARY = "rmt1_c4n4ry"


@pytest.fixture
async def remint(tmp_path: Path, logged: Captured) -> AsyncIterator[InProcessServer]:
    async with in_process_server(settings_in(tmp_path), logged.set_up("error")) as running:
        yield running


async def scraped(remint: InProcessServer) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    answer = await remint.client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def value(remint: InProcessServer, name: str, **labels: str) -> float:
    """Of one series; 0 where nothing was counted yet."""
    return (await scraped(remint)).get((name, frozenset(labels.items())), 0.0)


async def test_requests_are_counted_by_route_and_status_and_measured(
    remint: InProcessServer,
) -> None:
    for _ in range(3):
        await remint.client.get("/health/live")
    labels = {"method": "GET", "route": "/health/live"}
    assert await value(remint, "remint_http_requests_total", status="200", **labels) == 3
    assert await value(remint, "remint_http_request_duration_seconds_count", **labels) == 3


@pytest.mark.proves("S1")
async def test_nobody_outside_can_make_series_or_plant_text_in_them(
    remint: InProcessServer,
) -> None:
    await scraped(remint)
    before = len(await scraped(remint))
    for number in range(20):
        await remint.client.request(f"CANARY{number}", f"/{CANARY}{number}?{CANARY}")
        await remint.refresh(f"{CANARY}{number}")
    text = (await remint.client.get("/metrics")).text
    assert "canary" not in text.lower()
    assert "c4n4ry" not in text.lower()
    assert len(await scraped(remint)) < before + 60


async def test_refreshes_are_counted_by_what_came_of_them(remint: InProcessServer) -> None:
    opened = (await remint.log_in(renewal="rotating")).json()
    await remint.refresh(opened["refreshToken"])
    await remint.refresh(opened["refreshToken"])
    await remint.refresh("rmt1_made-up")
    await remint.client.post(REFRESH, json={})
    for outcome, cause in [
        ("success", "rotation"),
        ("success", "grace"),
        ("failure", "unrecognized"),
        ("failure", "invalidRequest"),
    ]:
        name = "remint_refreshes_total"
        assert await value(remint, name, outcome=outcome, cause=cause) == 1, cause


async def test_log_ins_are_counted_by_their_true_cause(remint: InProcessServer) -> None:
    await remint.log_in()
    await remint.log_in("not the password")
    name = "remint_logins_total"
    assert await value(remint, name, outcome="success", cause="") == 1
    assert await value(remint, name, outcome="failure", cause="wrongPassword") == 1
    assert await value(remint, name, outcome="failure", cause="throttled") == 0
    assert await value(remint, "remint_audit_events_total", event="loginFailed") == 1
    assert await value(remint, "remint_passwords_pending") == 0


async def test_alerts_are_there_before_they_first_fire(remint: InProcessServer) -> None:
    """A rate needs the zero before the one."""
    found = await scraped(remint)
    for event in ("refreshTokenReused", "rotationLost", "answerRecovered"):
        assert found["remint_audit_events_total", frozenset({("event", event)})] == 0


async def test_the_database_and_the_hasher_are_measured(remint: InProcessServer) -> None:
    opened = (await remint.log_in()).json()
    await remint.refresh(opened["refreshToken"])
    for name, operation in [
        ("remint_database_operation_duration_seconds_count", "sessions.find"),
        ("remint_database_operation_duration_seconds_count", "users.named"),
        ("remint_password_operation_duration_seconds_count", "passwords.verify"),
        ("remint_database_batch_size_count", "sessions.find"),
    ]:
        assert await value(remint, name, operation=operation) >= 1, operation
    assert await value(remint, "remint_database_connections_limit") == 10


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


async def test_names_and_units_are_as_prometheus_wants_them(remint: InProcessServer) -> None:
    await remint.log_in()
    assert promtool("check", "metrics", text=(await remint.client.get("/metrics")).text) == ""


async def test_openmetrics_is_answered_to_who_asks_for_it(remint: InProcessServer) -> None:
    accept = "application/openmetrics-text;version=1.0.0"
    answer = await remint.client.get("/metrics", headers={"Accept": accept})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert "remint_build_info" in {family.name for family in openmetrics(answer.text)}


@pytest.mark.parametrize("kind", ["text/plain", "application/openmetrics-text", "*/*"])
@pytest.mark.parametrize(
    "parameter",
    [
        "version=x",
        "version=",
        "version=1.x",
        "version=-1",
        "version=9",
        "version=1.0.0.0",
        "=",
        "q",
    ],
)
async def test_metrics_are_answered_whatever_version_is_asked_for(
    remint: InProcessServer, kind: str, parameter: str
) -> None:
    accept = f"{kind}; {parameter};q=0.5,text/plain;version=0.0.4"
    answer = await remint.client.get("/metrics", headers={"Accept": accept})
    assert answer.status_code == 200
    assert (
        parameter.partition("=")[2] in {"", "q"} or parameter not in answer.headers["content-type"]
    )


@pytest.mark.proves("H16")
async def test_metrics_can_be_switched_off(tmp_path: Path, logged: Captured) -> None:
    settings = settings_in(tmp_path, metrics=MetricsSettings(enabled=False))
    async with in_process_server(settings, logged.set_up("error")) as remint:
        assert (await remint.client.get("/metrics")).status_code == 404


@pytest.mark.proves("H16")
async def test_metrics_can_have_a_path_of_their_own(tmp_path: Path, logged: Captured) -> None:
    settings = settings_in(tmp_path, metrics=MetricsSettings(path="/inside/metrics"))
    async with in_process_server(settings, logged.set_up("error")) as remint:
        assert (await remint.client.get("/inside/metrics")).status_code == 200
        assert (await remint.client.get("/metrics")).status_code == 404


@pytest.mark.proves("H16")
async def test_metrics_can_have_a_port_of_their_own_where_nothing_else_is(
    tmp_path: Path, logged: Captured
) -> None:
    settings = settings_in(tmp_path, metrics=MetricsSettings(port=9464))
    async with in_process_server(settings, logged.set_up("error")) as remint:
        inside = "http://remint.test:9464"
        assert (await remint.client.get(f"{inside}/metrics")).status_code == 200
        assert (await remint.client.get(f"{inside}/health/live")).status_code == 404
        assert (await remint.client.get("/metrics")).status_code == 404
        assert (await remint.client.get("/health/live")).status_code == 200
