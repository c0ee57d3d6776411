"""Whether traces are wanted: said by OpenTelemetry's own environment variables, off by default."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from config.settings.reading import SettingsError

if TYPE_CHECKING:
    from infrastructure.telemetry.traces import Traces

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")


def traces_from(environment: Mapping[str, str]) -> "Traces | None":
    """What makes and sends spans, or None. Nothing of OpenTelemetry is loaded where it is off.

    Raises:
        SettingsError: they are wanted in a way that this service does not know.
    """
    if not _are_wanted(environment):
        return None
    _check(environment)
    try:
        from infrastructure.telemetry.traces import Traces
    except ImportError:
        raise SettingsError(
            ["Traces need OpenTelemetry: install Remint's extra `traces`, or unset OTEL_*."]
        ) from None
    return Traces()


def _are_wanted(environment: Mapping[str, str]) -> bool:
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    exporter = environment.get("OTEL_TRACES_EXPORTER", "").strip()
    return exporter != "none" and bool(exporter or any(map(environment.get, ENDPOINTS)))


def _check(environment: Mapping[str, str]) -> None:
    if environment.get("OTEL_TRACES_EXPORTER", "").strip() not in ("", "otlp"):
        raise SettingsError(["OTEL_TRACES_EXPORTER must be otlp or none."])
    protocols = {environment.get(name, "").strip() for name in PROTOCOLS}
    if protocols - {"", "http/protobuf"}:
        raise SettingsError(["OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf."])
