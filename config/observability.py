"""Puts what operators want to see around the service."""

import logging

from litestar.types import ASGIApp

from config.settings import Settings
from infrastructure.telemetry.logs import LogStream
from interfaces.http.access_log import AccessLog, AccessLogForPeople
from interfaces.http.client_address import TrustedProxies
from interfaces.http.observed import Observed, Report


def observed(app: ASGIApp, settings: Settings, logs: LogStream) -> Observed:
    """The application as it is served: whatever it answers is reported."""
    return Observed(app, TrustedProxies(settings.server.trusted_proxies), [*_access_log(logs)])


def _access_log(logs: LogStream) -> list[Report]:
    if not logs.shows(logging.INFO):
        return []
    return [AccessLog(logs.write) if logs.is_json else AccessLogForPeople()]
