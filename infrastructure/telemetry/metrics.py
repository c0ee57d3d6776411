"""Owns the metrics of everything but requests."""

import platform
from functools import partial
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from domain.causes import LoginFailure
from domain.events import AuditEvent, LoggedIn, LoginFailed

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
SIZES = (1, 2, 4, 8, 16, 32, 64)
NO_CAUSE = ""


class Instruments:
    """Every metric but those of requests.

    The mode of a gauge says how the values of several processes become one: the sum over live
    processes, or the newest value if all processes measure the same.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        counter = partial(Counter, registry=registry)
        seconds = partial(Histogram, buckets=SECONDS, registry=registry)
        summed = partial(Gauge, multiprocess_mode="livesum", registry=registry)
        newest = partial(Gauge, multiprocess_mode="mostrecent", registry=registry)
        self.database_seconds = seconds(
            "remint_database_operation_duration_seconds",
            "Time of a database operation, including the wait for a connection or a batch.",
            ["operation"],
        )
        self.password_seconds = seconds(
            "remint_password_operation_duration_seconds",
            "Time to hash or verify a password, including the wait in the queue.",
            ["operation"],
        )
        self.batch_sizes = Histogram(
            "remint_database_batch_size",
            "Requests that shared a statement.",
            ["operation"],
            buckets=SIZES,
            registry=registry,
        )
        self.connections_in_use = summed(
            "remint_database_connections_in_use", "Pooled database connections in use."
        )
        self.connections_limit = summed(
            "remint_database_connections_limit",
            "Pooled database connections that can be in use at once.",
        )
        self.passwords_pending = summed(
            "remint_passwords_pending", "Passwords that are being hashed or wait in the queue."
        )
        self.logins = counter(
            "remint_logins_total",
            "Log-ins that reached a decision, by outcome and cause.",
            ["outcome", "cause"],
        )
        self.audit_events = counter(
            "remint_audit_events_total", "Events of the audit trail.", ["event"]
        )
        self.log_lines_lost = counter(
            "remint_log_lines_lost_total",
            "Log lines that could not be written and were lost, by kind: audit or other.",
            ["kind"],
        )
        self.sessions_alive = newest(
            "remint_sessions_alive",
            "Sessions neither ended nor expired, counted every few minutes.",
        )
        self.signing_since = newest(
            "remint_signing_key_signs_from_timestamp_seconds",
            "The time from which the present signing key signs.",
        )
        self.rotate_after = newest(
            "remint_signing_key_rotate_after_seconds",
            "The age at which a signing key is due for rotation.",
        )
        self.build_info = Gauge(
            "remint_build_info",
            "Always 1; the labels name the versions in use.",
            ["version", "python"],
            multiprocess_mode="max",
            registry=registry,
        )
        self.build_info.labels(version("remint"), platform.python_version()).set(1)
        self._start_at_zero()

    def _start_at_zero(self) -> None:
        """Start every series at zero, because a rate needs the zero before the first event."""
        for kind in ("audit", "other"):
            self.log_lines_lost.labels(kind)
        for event in AuditEvent.kinds():
            self.audit_events.labels(event.name)
        self.logins.labels(LoggedIn.outcome, NO_CAUSE)
        for cause in LoginFailure:
            self.logins.labels(LoginFailed.outcome, cause.value)
