"""Puts what operators want to see around the HTTP interface."""

import logging

from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp

from config.container import Container
from infrastructure.telemetry.exposition import Exposition
from infrastructure.telemetry.logs import LogStream
from interfaces.http.access_log import AccessLog, AccessLogForPeople
from interfaces.http.client_address import TrustedProxies
from interfaces.http.headers import AnswerHeaders
from interfaces.http.http_metrics import HttpMetrics
from interfaces.http.metrics import NothingElseOn, metrics_handler
from interfaces.http.observed import Observed, Report


def metrics_served(container: Container) -> list[HTTPRouteHandler]:
    """What serves the metrics, unless the settings say that nothing does."""
    metrics = container.settings().metrics
    if not metrics.enabled:
        return []
    return [metrics_handler(metrics.path, metrics.port, Exposition(container.registry()))]


def observed(app: ASGIApp, container: Container, logs: LogStream) -> Observed:
    """The application as it is served: whatever it answers is reported."""
    settings = container.settings()
    reports = _access_log(logs)
    if settings.metrics.enabled:
        reports.append(HttpMetrics(container.registry()))
    if settings.metrics.enabled and settings.metrics.port is not None:
        app = NothingElseOn(app, settings.metrics.port, settings.metrics.path)
    proxies = TrustedProxies(settings.server.trusted_proxies)
    return Observed(app, proxies, AnswerHeaders(settings.server.hsts), reports)


def _access_log(logs: LogStream) -> list[Report]:
    if not logs.shows(logging.INFO):
        return []
    return [AccessLog(logs.write_soon) if logs.is_json else AccessLogForPeople()]
