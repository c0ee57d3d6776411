"""The ASGI entry point: `uvicorn config.asgi:app`."""

import os
import sys

from litestar import Litestar

from config.container import Container
from config.policies import http_options
from config.server_secret import load_secrets
from config.service import Service
from config.settings import Settings
from config.settings_reading import SettingsError
from interfaces.http.app import create_app


def build() -> Litestar:
    """One instance of the service, from this process's environment.

    Raises:
        SettingsError: a sentence for everything that is wrong.
    """
    settings = Settings.load(os.environ)
    container = Container(settings=settings, secrets=load_secrets(os.environ))
    service = Service(container)
    return create_app(
        container.use_cases(),
        container.key_ring(),
        http_options(settings),
        lifespan=[lambda _: service.running()],
    )


try:
    app = build()
except SettingsError as error:
    sys.exit(str(error))
