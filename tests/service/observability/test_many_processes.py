"""Metrics of several server processes are one, and outlive any of them."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from testing.waiting import free_port, wait_until
from tests.support.servers.server_process import ServerProcess

pytestmark = pytest.mark.slow

SECRET = "Zq3vY8-many-processes-9fK2mWc7Tn5Rb"
LIVE = {"method": "GET", "route": "/health/live", "status": "200"}


@pytest.fixture
def inside_port() -> int:
    return free_port()


@pytest.fixture
def server(tmp_path: Path, inside_port: int) -> Iterator[ServerProcess]:
    environment = {
        "REMINT_SECRET": SECRET,
        "REMINT_METRICS_PORT": str(inside_port),
        "REMINT_SERVER_NOTICE": "0s",
    }
    with ServerProcess(tmp_path, environment, arguments=("--workers", "2")) as server:
        server.wait_until_ready(30)
        yield server


def scraped(port: int, name: str, **labels: str) -> float:
    text = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def test_whichever_process_is_asked_it_answers_for_all_and_for_the_dead(
    server: ServerProcess, inside_port: int
) -> None:
    wait_until(
        lambda: scraped(inside_port, "remint_database_connections_limit") == 20,
        "both processes having started",
        20,
    )
    before = scraped(inside_port, "remint_http_requests_total", **LIVE)
    for _ in range(20):  # a new connection each, so that both processes get some
        httpx.get(f"{server.url}/health/live")
    after = [scraped(inside_port, "remint_http_requests_total", **LIVE) for _ in range(4)]
    assert after == [before + 20] * 4

    worker = psutil.Process(server.pid).children()[-1]
    os.kill(worker.pid, signal.SIGKILL)
    wait_until(lambda: not worker.is_running(), "the end of a worker")
    server.wait_until_ready(30)
    assert scraped(inside_port, "remint_http_requests_total", **LIVE) >= before + 20
    wait_until(
        lambda: scraped(inside_port, "remint_database_connections_limit") == 20,
        "only living processes having connections",
        20,
    )


@pytest.mark.proves("H16")
def test_the_port_for_metrics_serves_nothing_else(server: ServerProcess, inside_port: int) -> None:
    assert httpx.get(f"http://127.0.0.1:{inside_port}/health/live").status_code == 404
    assert httpx.get(f"{server.url}/metrics").status_code == 404
