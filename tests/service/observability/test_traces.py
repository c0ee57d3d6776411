"""Traces: sent to a real receiver where they are wanted, not even loaded where they are not."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from config.settings.reading import SettingsError
from config.settings.tracing import traces_from
from testing.waiting import wait_until
from tests.service.conftest import Deploy
from tests.support.alice import PASSWORD
from tests.support.servers.otlp import otlp_receiver

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"

# Some library looks for the bare names of attributes; Remint cannot prevent that.
WHAT_IS_LOADED = """
import sys
sys.modules["fastapi"] = None  # an application of the documents, which would load its own
import config.instance
config.instance.build()
parts = ("api", "context", "exporter", "sdk", "trace")
print([part for part in parts if f"opentelemetry.{part}" in sys.modules])
"""


def attributes(span: Any) -> dict[str, Any]:
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}


@pytest.mark.proves("S1")
@pytest.mark.slow
def test_a_request_is_a_trace_down_to_the_database_and_the_signature_without_a_secret(
    deploy: Deploy,
) -> None:
    with otlp_receiver() as receiver:
        remint = deploy(OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url, OTEL_BSP_SCHEDULE_DELAY="100")
        token = remint.log_in(renewal="rotating")["refreshToken"]
        answer = remint.client.post(
            "/api/v1/authenticate/refresh",
            json={"refreshToken": token},
            headers={"traceparent": f"00-{TRACE}-{PARENT}-01"},
        )
        refused = remint.refresh(token[:-1] + "~")

        def ours() -> dict[str, Any]:
            return {span.name: span for span in receiver.spans if span.trace_id.hex() == TRACE}

        root = "POST /api/v1/authenticate/refresh"
        wait_until(lambda: root in ours(), "the trace's arrival")
        remint.server.terminate(30)
    spans = ours()
    operations = {"sessions.find", "sessions.advance", "access_tokens.sign"}
    assert set(spans) == {root, *operations}
    assert spans[root].parent_span_id.hex() == PARENT
    for name in operations:
        assert spans[name].parent_span_id == spans[root].span_id
    assert attributes(spans[root])["remint.cause"] == "rotation"
    assert attributes(spans[root])["http.response.status_code"] == 200
    assert receiver.services == {"remint"}
    assert answer.headers["x-request-id"] == TRACE
    assert TRACE in remint.server.output

    [failed] = [
        span for span in receiver.spans if span.trace_id.hex() == refused.headers["x-request-id"]
    ]
    assert attributes(failed)["remint.cause"] == "unrecognized"
    assert attributes(failed)["http.response.status_code"] == 401
    assert not any(span.events for span in receiver.spans)
    for secret in (token, token[-24:], answer.json()["jwtToken"], PASSWORD):
        assert secret.encode() not in receiver.raw


def test_nothing_of_it_is_loaded_where_it_is_off() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WHAT_IS_LOADED],
        env={"REMINT_SECRET": "Zq3vY8-one-instance-9fK2mWc7Tn5RbXoLd", "PATH": "/usr/bin"},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.test"},
        {"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.test"},
    ],
)
def test_the_standard_variables_leave_it_off_or_switch_it_off(environment: dict[str, str]) -> None:
    assert traces_from(environment) is None


@pytest.mark.parametrize(
    "environment",
    [
        {"OTEL_TRACES_EXPORTER": "zipkin"},
        {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
    ],
)
def test_what_we_cannot_do_is_said_at_the_start(environment: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="must be"):
        traces_from(environment)
