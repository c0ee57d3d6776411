"""Owns one instance of the service, made from this process's environment."""

import os

from config.settings.loading import load_settings
from config.settings.server_secret import load_secrets
from config.settings.tracing import traces_from
from config.wiring.assembly import assemble
from infrastructure.telemetry.logs import set_up_logs
from interfaces.http.server.observability import ObservabilityMiddleware
from interfaces.http.wire.exchange import log_context


def build() -> ObservabilityMiddleware:
    """The ASGI application.

    Raises:
        SettingsError: with a sentence for every fault.
    """
    settings, secrets = load_settings(os.environ), load_secrets(os.environ)
    logs = set_up_logs(settings.log.level, settings.log.format, context=log_context)
    return assemble(settings, secrets, logs, traces_from(os.environ))
