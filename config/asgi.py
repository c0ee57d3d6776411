"""The ASGI entry point: `uvicorn config.asgi:app`."""

import os
import sys

from config.container import Container
from config.observability import observed
from config.policies import http_options
from config.server_secret import load_secrets
from config.service import Service
from config.settings import Settings
from config.settings_reading import SettingsError
from infrastructure.telemetry.logs import set_up_logs
from interfaces.http.app import create_app
from interfaces.http.exchange import log_context
from interfaces.http.observed import Observed


def build() -> Observed:
    """One instance of the service, from this process's environment.

    Raises:
        SettingsError: a sentence for everything that is wrong.
    """
    settings = Settings.load(os.environ)
    logs = set_up_logs(settings.log.level, settings.log.format, context=log_context)
    container = Container(settings=settings, secrets=load_secrets(os.environ))
    service = Service(container)
    app = create_app(
        container.use_cases(),
        container.key_ring(),
        http_options(settings),
        lifespan=[lambda _: service.running()],
    )
    return observed(app, settings, logs)


try:
    app = build()
except SettingsError as error:
    sys.exit(str(error))
