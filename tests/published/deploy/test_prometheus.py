"""The alerts and the dashboard query metrics that exist; the alerts fire when they should."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.checks.metrics_table import metrics_table, sample_names
from tests.support.checks.promtool import promtool

ROOT = Path(__file__).parents[3]
ALERTS = ROOT / "deploy/prometheus/alerts.yml"
DASHBOARD = ROOT / "deploy/grafana/remint.json"
DOCUMENT = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")


def alerts() -> list[dict[str, Any]]:
    [group] = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    rules: list[dict[str, Any]] = group["rules"]
    return rules


def names_in(expression: str) -> set[str]:
    return set(re.findall(r"\bremint_\w+", expression))


def test_prometheus_accepts_the_alerts() -> None:
    assert f"{len(alerts())} rules found" in promtool("check", "rules", ALERTS)


def test_the_alerts_fire_on_a_bad_day_and_not_on_a_quiet_one() -> None:
    promtool("test", "rules", ALERTS.with_name("alerts.test.yml"))


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: str(alert["alert"]))
def test_an_alert_queries_metrics_that_exist_and_names_its_runbook(alert: dict[str, Any]) -> None:
    assert names_in(alert["expr"]) <= sample_names()
    assert names_in(alert["expr"]) or alert["alert"] == "RemintDown"
    assert f"\n### {alert['alert']}\n" in DOCUMENT
    assert alert["annotations"]["runbook"] == f"docs/metrics.md#{alert['alert'].lower()}"


def test_the_dashboard_queries_every_metric_and_none_that_does_not_exist() -> None:
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    asked = set[str]()
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            assert names_in(target["expr"]), panel["title"]
            asked |= names_in(target["expr"])
    assert asked <= sample_names()
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in sample_names()}
    assert families == {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked}


def test_the_documents_table_is_the_one_made_from_the_instruments() -> None:
    """`python -m tests.support.checks.metrics_table` prints it."""
    assert metrics_table() in DOCUMENT
