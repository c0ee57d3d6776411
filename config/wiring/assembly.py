"""Puts one instance of the service together from its settings."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dependency_injector import providers
from litestar.types import ASGIApp

from config.settings.sections import Settings
from config.wiring.container import Container
from config.wiring.observability import count_pool_use, metrics_served, observed
from config.wiring.policies import http_options
from config.wiring.service import Service
from infrastructure.telemetry.logs import LogStream
from interfaces.http.app import create_app
from interfaces.http.server.observability import ObservabilityMiddleware

if TYPE_CHECKING:
    from infrastructure.telemetry.traces import Traces


def assemble(
    settings: Settings,
    secrets: Sequence[bytes],
    logs: LogStream,
    traces: "Traces | None" = None,
) -> ObservabilityMiddleware:
    """The ASGI application. Its lifespan is the life of the instance."""
    container = Container(settings=settings, secrets=tuple(secrets))
    if traces is not None:
        container.spans.override(providers.Object(traces.spans))
    container.is_log_written.override(providers.Object(logs.is_written))
    count_pool_use(container.database(), settings.database.pool_size, container.instruments())
    service = Service(container)
    use_cases = container.use_cases()
    app = create_app(
        use_cases.presenters,
        use_cases.account,
        use_cases.back_ends,
        use_cases.server.check_readiness,
        container.key_ring(),
        http_options(settings),
        lifespan=[lambda _: service.running()],
        more=metrics_served(container),
    )
    return observed(_traced(app, traces), container, logs)


def _traced(app: ASGIApp, traces: "Traces | None") -> ASGIApp:
    if traces is None:
        return app
    from interfaces.http.server.traces import TracingMiddleware  # loads OpenTelemetry

    return TracingMiddleware(app, traces.tracer, at_the_end=traces.send_the_rest)
