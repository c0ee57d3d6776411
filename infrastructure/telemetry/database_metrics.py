"""Measures how long operations take, and how many callers share a statement."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from prometheus_client import Histogram

from infrastructure.telemetry.metrics import Instruments
from infrastructure.telemetry.operations import UNOBSERVED, BatchObserver, Observer


@dataclass(frozen=True, slots=True)
class DatabaseMetrics:
    """An Observer that measures the operations of the database."""

    instruments: Instruments
    _seconds: dict[str, Histogram] = field(default_factory=dict)
    """The histogram of each operation, because finding it by its label takes longer."""

    def operation(self, name: str) -> AbstractContextManager[object]:
        seconds = self._seconds.get(name)
        if seconds is None:
            seconds = self._seconds[name] = self.instruments.database_seconds.labels(name)
        return seconds.time()

    def batch(self, name: str) -> BatchObserver:
        instruments = self.instruments
        return _BatchMetrics(
            instruments.batch_sizes.labels(name), instruments.database_seconds.labels(name)
        )


def measured(instruments: Instruments, *, enabled: bool) -> Observer:
    """Measures if metrics are on; otherwise a refresh does no work for them."""
    return DatabaseMetrics(instruments) if enabled else UNOBSERVED


@dataclass(frozen=True, slots=True)
class _BatchMetrics:
    sizes: Histogram
    seconds: Histogram

    def asked(self, answer: asyncio.Future[Any]) -> None:
        """The wait is measured when the batch was sent."""

    def sent(self, size: int, seconds: Sequence[float]) -> None:
        self.sizes.observe(size)
        for each in seconds:
            self.seconds.observe(each)
