"""The published HAProxy configuration keeps from clients what is for operations."""

from pathlib import Path

import httpx
import pytest

from testing.published_haproxy import published_haproxy
from tests.support.servers.deployment import deployed

pytestmark = pytest.mark.slow

METRICS = ["/metrics", "/metrics?x", "//metrics", "/metrics/", "/%6Detrics", "/x/%2e%2e/metrics"]


def test_metrics_are_not_for_clients_in_any_spelling(tmp_path: Path) -> None:
    with deployed(tmp_path) as remint:
        ports = [remint.server.port] * 2
        with published_haproxy(tmp_path, ports) as port, httpx.Client() as client:
            base = httpx.URL(f"http://127.0.0.1:{port}")
            assert client.get(base.join("/health/ready")).status_code == 200
            for path in METRICS:
                answer = client.get(base.copy_with(raw_path=path.encode()))
                assert answer.status_code == 404
                assert answer.json()["error"]["code"] == "notFound"
                assert answer.headers["Cache-Control"] == "no-store"
