"""The Kubernetes manifests: valid by Kubernetes' own schemas, and what is promised of them."""

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from config.settings.dangers import dangers
from config.settings.loading import load_settings
from config.settings.reading import variable
from config.settings.sections import sections
from config.settings.setting import settings_of

FOLDER = Path(__file__).parents[3] / "deploy/kubernetes"
KUSTOMIZATION = "kustomization.yaml"
VERSIONS = ["1.31", "1.37"]


def documents(name: str = "*.yaml") -> list[dict[str, Any]]:
    found = [path for path in sorted(FOLDER.glob(name)) if path.name != KUSTOMIZATION]
    return [document for path in found for document in yaml.safe_load_all(path.read_text())]


def the(kind: str) -> dict[str, Any]:
    [found] = [document for document in documents() if document["kind"] == kind]
    return found


def services() -> list[dict[str, Any]]:
    return [document for document in documents() if document["kind"] == "Service"]


DEPLOYMENT, JOB = the("Deployment"), the("Job")
POD = DEPLOYMENT["spec"]["template"]["spec"]
CONTAINER = POD["containers"][0]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("document", documents(), ids=lambda document: document["kind"])
def test_kubernetes_schema_knows_every_field(document: dict[str, Any], version: str) -> None:
    kubernetes_validate.validate(document, version, strict=True)


def test_kustomize_applies_every_file_but_the_example_of_secrets() -> None:
    applied = yaml.safe_load((FOLDER / KUSTOMIZATION).read_text())["resources"]
    there = {path.name for path in FOLDER.glob("*.yaml")}
    assert set(applied) == there - {KUSTOMIZATION, "secrets.example.yaml"}


@pytest.mark.parametrize("workload", [DEPLOYMENT, JOB], ids=["server", "migration"])
def test_nothing_runs_as_root_writes_its_root_or_gains_rights(workload: dict[str, Any]) -> None:
    pod = workload["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


@pytest.mark.proves("K5", "S4")
def test_secrets_come_as_files_that_only_we_can_read() -> None:
    [secret] = [volume["secret"] for volume in POD["volumes"] if "secret" in volume]
    assert secret["defaultMode"] == 0o440
    assert POD["securityContext"]["fsGroup"] == POD["securityContext"]["runAsUser"]
    given = {entry["name"] for entry in CONTAINER["env"]}
    assert given == {"REMINT_CONFIG", "REMINT_SECRET_FILE"}
    assert all("value" in entry for entry in CONTAINER["env"])


def test_every_setting_exists_and_makes_sense() -> None:
    settings = the("ConfigMap")["data"]
    known = {variable(s, name) for s, kind in sections().items() for name in settings_of(kind)}
    assert set(settings) <= known
    assert dangers(load_settings(settings | {"REMINT_SERVER_HOST": "0.0.0.0"})) == []


@pytest.mark.proves("S5")
def test_the_schema_is_changed_by_the_job_alone() -> None:
    assert the("ConfigMap")["data"]["REMINT_DATABASE_MIGRATE"] == "false"
    [job] = JOB["spec"]["template"]["spec"]["containers"]
    assert job["args"] == ["database", "upgrade"]
    names = {
        v["secret"]["secretName"]
        for w in (POD, JOB["spec"]["template"]["spec"])
        for v in w["volumes"]
        if "secret" in v
    }
    assert len(names) == 2


def test_an_outage_of_the_database_restarts_nothing() -> None:
    assert CONTAINER["livenessProbe"]["httpGet"]["path"] == "/health/live"
    assert CONTAINER["readinessProbe"]["httpGet"]["path"] == "/health/ready"


@pytest.mark.proves("S7")
def test_there_is_time_to_stop_and_always_somebody_left() -> None:
    server = load_settings(the("ConfigMap")["data"]).server
    assert server.notice.total_seconds() >= 5  # for every proxy to hear that the instance leaves
    stopping = server.notice + server.shutdown
    assert POD["terminationGracePeriodSeconds"] > stopping.total_seconds()
    assert DEPLOYMENT["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert DEPLOYMENT["spec"]["replicas"] > the("PodDisruptionBudget")["spec"]["maxUnavailable"]


def test_budget_service_and_policy_find_the_pods() -> None:
    labels = DEPLOYMENT["spec"]["template"]["metadata"]["labels"]
    selectors = [
        *(service["spec"]["selector"] for service in services()),
        the("PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        the("NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
    ]
    assert all(selector.items() <= labels.items() for selector in selectors)


def test_the_ports_of_services_and_policy_are_those_that_the_settings_open() -> None:
    opened = {port["name"]: port["containerPort"] for port in CONTAINER["ports"]}
    settings = load_settings(the("ConfigMap")["data"])
    assert opened == {
        "http": settings.server.port,
        "metrics": settings.metrics.port,
        "admin": settings.admin.port,
    }
    served = [port["targetPort"] for service in services() for port in service["spec"]["ports"]]
    assert served == ["http", "admin"]
    policy = the("NetworkPolicy")["spec"]["ingress"]
    assert {port["port"] for rule in policy for port in rule["ports"]} == set(opened)
    assert all(len(rule["ports"]) == 1 for rule in policy)
