"""Switches traces on as OpenTelemetry's own environment variables say; off by default."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from config.settings.reading import SettingsError

if TYPE_CHECKING:
    from infrastructure.telemetry.traces import Traces

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")


def traces_from(environment: Mapping[str, str]) -> "Traces | None":
    """The traces, or None if they are off. Imports OpenTelemetry only if they are on.

    Raises:
        SettingsError: a variable asks for an exporter or a protocol that Remint lacks.
    """
    if not _are_on(environment):
        return None
    _check(environment)
    try:
        from infrastructure.telemetry.traces import Traces
    except ImportError:
        raise SettingsError(
            ["Traces need OpenTelemetry: install Remint's extra `traces`, or unset OTEL_*."]
        ) from None
    return Traces()


def _are_on(environment: Mapping[str, str]) -> bool:
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
