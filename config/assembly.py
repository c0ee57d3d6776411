"""Puts one instance of the service together from its settings."""

from collections.abc import Sequence

from config.container import Container
from config.observability import metrics_served, observed
from config.policies import http_options
from config.service import Service
from config.settings import Settings
from infrastructure.telemetry.logs import LogStream
from interfaces.http.app import create_app
from interfaces.http.observed import Observed


def assemble(settings: Settings, secrets: Sequence[bytes], logs: LogStream) -> Observed:
    """The application as it is served, its lifespan that of the instance."""
    container = Container(settings=settings, secrets=tuple(secrets))
    service = Service(container)
    app = create_app(
        container.use_cases(),
        container.key_ring(),
        http_options(settings),
        lifespan=[lambda _: service.running()],
        more=metrics_served(container),
    )
    return observed(app, container, logs)
