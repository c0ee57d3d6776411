"""Owns the metrics of everything but requests."""

import platform
from collections.abc import Iterator
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
        self.database_seconds = Histogram(
            "remint_database_operation_duration_seconds",
            "Time of a database operation, including the wait for a connection or a batch.",
            ["operation"],
            buckets=SECONDS,
            registry=registry,
        )
        self.password_seconds = Histogram(
            "remint_password_operation_duration_seconds",
            "Time to hash or verify a password, including the wait in the queue.",
            ["operation"],
            buckets=SECONDS,
            registry=registry,
        )
        self.batch_sizes = Histogram(
            "remint_database_batch_size",
            "Requests that shared a statement.",
            ["operation"],
            buckets=SIZES,
            registry=registry,
        )
        self.connections_in_use = Gauge(
            "remint_database_connections_in_use",
            "Pooled database connections in use.",
            multiprocess_mode="livesum",
            registry=registry,
        )
        self.connections_limit = Gauge(
            "remint_database_connections_limit",
            "Pooled database connections that can be in use at once.",
            multiprocess_mode="livesum",
            registry=registry,
        )
        self.passwords_pending = Gauge(
            "remint_passwords_pending",
            "Passwords that are being hashed or wait in the queue.",
            multiprocess_mode="livesum",
            registry=registry,
        )
        self.logins = Counter(
            "remint_logins_total",
            "Log-ins that reached a decision, by outcome and cause.",
            ["outcome", "cause"],
            registry=registry,
        )
        self.audit_events = Counter(
            "remint_audit_events_total",
            "Events of the audit trail.",
            ["event"],
            registry=registry,
        )
        self.log_lines_lost = Counter(
            "remint_log_lines_lost_total",
            "Log lines that could not be written and were lost, by kind: audit or other.",
            ["kind"],
            registry=registry,
        )
        self.sessions_alive = Gauge(
            "remint_sessions_alive",
            "Sessions neither ended nor expired, counted every few minutes.",
            multiprocess_mode="mostrecent",
            registry=registry,
        )
        self.signing_since = Gauge(
            "remint_signing_key_signs_from_timestamp_seconds",
            "The time from which the present signing key signs.",
            multiprocess_mode="mostrecent",
            registry=registry,
        )
        self.rotate_after = Gauge(
            "remint_signing_key_rotate_after_seconds",
            "The age at which a signing key is due for rotation.",
            multiprocess_mode="mostrecent",
            registry=registry,
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
        for event in _kinds_of(AuditEvent):
            self.audit_events.labels(event.name)
        self.logins.labels(LoggedIn.outcome, NO_CAUSE)
        for cause in LoginFailure:
            self.logins.labels(LoginFailed.outcome, cause.value)


def _kinds_of(kind: type[AuditEvent]) -> Iterator[type[AuditEvent]]:
    for below in kind.__subclasses__():
        yield from _kinds_of(below)
        if "name" in vars(below):
            yield below
