"""Owns how many connections a server process serves at once, and what happens beyond that."""

import asyncio
import resource
from collections.abc import Collection
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge

from domain.errors import Unavailable
from interfaces.failure_log import FailureLog

BUDGET = "connection_budget"
"""Where the state of the lifespan has the budget of the connections."""
FILES_OF_A_DATABASE_CONNECTION = 3
FILES_OF_THE_PROCESS = 32
LONGEST_BACKLOG = 2048
ACTIVE = 0.1
"""Seconds for which an idle connection is left alone: its next request can be on its way."""


class Closable(Protocol):
    """A connection as the budget sees it."""

    @property
    def idle_since(self) -> float | None:
        """The event loop's time at which it became idle; None while it has a request."""
        ...

    def shutdown(self) -> None:
        """Close it, which is idle."""
        ...


def backlog() -> int:
    """How many connections wait at most for the process to accept them.

    The process accepts all of them in one turn, before it can close others. Therefore an eighth of
    the files that the process can open is kept for them.
    """
    return min(LONGEST_BACKLOG, _open_files() // 8)


def most_connections(pool_size: int) -> int:
    """How many connections the limit on open files leaves to clients.

    Args:
        pool_size: the most connections to the database.
    """
    others = FILES_OF_THE_PROCESS + FILES_OF_A_DATABASE_CONNECTION * pool_size
    return max(1, _open_files() - 2 * backlog() - others)


class ConnectionBudget:
    """Bounds the connections of one process.

    At the limit, the connection that has been idle the longest gives way to a new one. If none is
    idle, the new one is refused.
    """

    def __init__(self, most: int, registry: CollectorRegistry) -> None:
        self.most = most
        self._failures = FailureLog()
        self._is_exhausted = False
        self._open = Gauge(
            "remint_connections",
            "Connections of clients that are open.",
            multiprocess_mode="livesum",
            registry=registry,
        )
        self._limit = Gauge(
            "remint_connections_limit",
            "Connections of clients that can be open at once.",
            multiprocess_mode="livesum",
            registry=registry,
        )
        self._limit.set(most)
        self._closed = Counter(
            "remint_connections_closed_total",
            "Connections that were closed because the limit was reached: idle ones, and new ones "
            "because no other was idle.",
            ["kind"],
            registry=registry,
        )
        self._count_idle = self._closed.labels("idle").inc
        self._count_new = self._closed.labels("new").inc

    def admit(self, connections: Collection[Closable]) -> bool:
        """Whether the newest of the connections is served, and another closed for it if need be."""
        self._open.inc()
        if len(connections) <= self.most:
            return True
        self._tell()
        earliest = asyncio.get_running_loop().time() - ACTIVE
        idle = [(since, one) for one in connections if (since := one.idle_since) is not None]
        since, longest = min(idle, key=lambda pair: pair[0], default=(earliest, None))
        if longest is None or since >= earliest:
            self._count_new()
            return False
        longest.shutdown()
        self._count_idle()
        return True

    def release(self, connections: Collection[Closable]) -> None:
        """A connection was lost; the others are given."""
        self._open.dec()
        if self._is_exhausted and len(connections) < 0.9 * self.most:
            self._is_exhausted = False
            self._failures.succeeded("connections")

    def _tell(self) -> None:
        self._is_exhausted = True
        self._failures.failed("connectionsExhausted", "connections", exhausted(self.most))


def exhausted(most: int) -> Unavailable:
    """The error of a connection that is refused, with the sentence for the operator."""
    return Unavailable(
        "tooManyConnections",
        explanation=f"This process has {most} connections, as many as its limit on open files "
        "leaves to clients. Raise the limit (`ulimit -n`, or LimitNOFILE in systemd), add workers "
        "or instances, or let a proxy in front keep fewer connections.",
    )


def _open_files() -> int:
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 1_000_000 if limit == resource.RLIM_INFINITY else limit
