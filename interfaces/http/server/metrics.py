"""Owns the metrics of requests."""

import asyncio
from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry, Counter, Histogram

from interfaces.http.wire.exchange import Exchange

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class BoundSeries:
    """The metrics of one kind of request, their labels looked up once.

    Requests that are answered in the same turn of the event loop are counted together, on the next
    turn.
    """

    __slots__ = ("_counts", "_measure", "_uncounted")

    def __init__(
        self, counts: Sequence[Callable[[float], None]], measure: Callable[[float], None]
    ) -> None:
        self._counts = counts
        self._measure = measure
        self._uncounted: list[float] = []

    def count(self, seconds: float) -> None:
        """Count one request of that duration."""
        if not self._uncounted:
            asyncio.get_running_loop().call_soon(self._count_all)
        self._uncounted.append(seconds)

    def _count_all(self) -> None:
        uncounted, self._uncounted = self._uncounted, []
        for count in self._counts:
            count(len(uncounted))
        for seconds in uncounted:
            self._measure(seconds)


class HttpMetrics:
    """Counts every request under its route and status, and every refresh under its cause.

    All labels are from fixed vocabularies, so a client cannot add series.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "remint_http_requests_total",
            "Requests answered.",
            ["method", "route", "status"],
            registry=registry,
        )
        self._seconds = Histogram(
            "remint_http_request_duration_seconds",
            "Time from a request's head to the end of its answer.",
            ["method", "route"],
            buckets=SECONDS,
            registry=registry,
        )
        self._refreshes = Counter(
            "remint_refreshes_total",
            "Refreshes by outcome and cause: the rule that continued, or the cause of the refusal.",
            ["outcome", "cause"],
            registry=registry,
        )
        self._bound: dict[tuple[str, str, int, str], BoundSeries] = {}

    def __call__(self, exchange: Exchange) -> None:
        kind = (exchange.method, exchange.route, exchange.status, exchange.cause)
        bound = self._bound.get(kind) or self._bind(kind, exchange)
        bound.count(exchange.seconds)

    def _bind(self, kind: tuple[str, str, int, str], exchange: Exchange) -> BoundSeries:
        method, route, status, cause = kind
        method = method if method in METHODS else "other"
        counts = [self._requests.labels(method, route, str(status)).inc]
        if exchange.is_refresh:
            counts.append(self._refreshes.labels(exchange.outcome, cause).inc)
        bound = BoundSeries(counts, self._seconds.labels(method, route).observe)
        self._bound[kind] = bound
        return bound
