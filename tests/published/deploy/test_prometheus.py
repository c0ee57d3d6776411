"""The alarms and the dashboard ask for metrics that exist, and go off when they should."""

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


def test_prometheus_accepts_the_alarms() -> None:
    assert f"{len(alerts())} rules found" in promtool("check", "rules", ALERTS)


def test_the_alarms_go_off_on_a_bad_day_and_not_on_a_quiet_one() -> None:
    promtool("test", "rules", ALERTS.with_name("alerts.test.yml"))


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: str(alert["alert"]))
def test_an_alarm_asks_for_what_there_is_and_says_what_to_do(alert: dict[str, Any]) -> None:
    assert names_in(alert["expr"]) <= sample_names()
    assert names_in(alert["expr"]) or alert["alert"] == "RemintDown"
    assert f"\n### {alert['alert']}\n" in DOCUMENT
    assert alert["annotations"]["runbook"] == f"docs/metrics.md#{alert['alert'].lower()}"


def test_the_dashboard_asks_for_what_there_is_and_leaves_nothing_out() -> None:
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
