"""Puts metrics and the access log around the HTTP interface."""

import logging

from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp

from config.settings.sections import Settings
from config.wiring.container import Container
from infrastructure.database.database import Database
from infrastructure.telemetry.logs import LogStream
from infrastructure.telemetry.metrics import Instruments
from infrastructure.telemetry.metrics_text import Exposition
from interfaces.http.api.back_end import is_back_end_path
from interfaces.http.app import PUBLIC_DOCUMENTS
from interfaces.http.public.metrics import metrics_handler
from interfaces.http.server.access_log import AccessLog, ConsoleAccessLog
from interfaces.http.server.connection_budget import BUDGET, ConnectionBudget, most_connections
from interfaces.http.server.headers import ResponseHeaders
from interfaces.http.server.metrics import HttpMetrics
from interfaces.http.server.observability import ObservabilityMiddleware, Report
from interfaces.http.server.origins import OriginsMiddleware
from interfaces.http.server.ports import IsServed, PortMiddleware
from interfaces.http.server.request_target import RequestTargetMiddleware
from interfaces.http.wire.client_address import TrustedProxies


def metrics_served(container: Container) -> list[HTTPRouteHandler]:
    """The route that serves the metrics; none if metrics.enabled is false."""
    metrics = container.settings().metrics
    if not metrics.enabled:
        return []
    return [metrics_handler(metrics.path, Exposition(container.registry()))]


def count_pool_use(database: Database, limit: int, instruments: Instruments) -> None:
    """Count the connections that are taken from the database's pool."""
    in_use = instruments.connections_in_use
    instruments.connections_limit.set(limit)
    database.on_pool_use(taken=in_use.inc, given_back=in_use.dec)


def observed(app: ASGIApp, container: Container, logs: LogStream) -> ObservabilityMiddleware:
    """The application with its answers logged and counted."""
    settings = container.settings()
    lost = container.instruments().log_lines_lost
    logs.on_loss = lambda kind: lost.labels(kind).inc()
    reports = _access_log(logs)
    if settings.metrics.enabled:
        reports.append(HttpMetrics(container.registry()))
    ports = _ports(settings)
    if ports:
        app = PortMiddleware(app, ports)
    proxies = TrustedProxies(settings.server.trusted_proxies)
    app = OriginsMiddleware(app, settings.cors.origins, PUBLIC_DOCUMENTS)
    target = RequestTargetMiddleware(app)
    headers = ResponseHeaders(settings.server.hsts)
    most = most_connections(settings.database.pool_size)
    state = {BUDGET: ConnectionBudget(most, container.registry())}
    return ObservabilityMiddleware(target, proxies, headers, reports, state)


def _ports(settings: Settings) -> dict[int, IsServed]:
    """The ports that are kept for some paths."""
    admin, metrics = settings.admin, settings.metrics
    ports: dict[int, IsServed] = {}
    if admin.port is not None:
        ports[admin.port] = is_back_end_path
    if metrics.enabled and metrics.port is not None:
        ports[metrics.port] = metrics.path.__eq__
    return ports


def _access_log(logs: LogStream) -> list[Report]:
    if not logs.shows(logging.INFO):
        return []
    return [AccessLog(logs.write_soon) if logs.is_json else ConsoleAccessLog()]
