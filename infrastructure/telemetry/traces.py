"""Makes spans and sends them to a collector. Imports OpenTelemetry, so import this only if traces
are on."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, Status, StatusCode, Tracer, get_current_span

from domain.errors import RemintError
from infrastructure.telemetry.operations import BatchObserver


class Traces:
    """Makes spans and exports them, as OpenTelemetry's environment variables say."""

    def __init__(self) -> None:
        named = {} if "OTEL_SERVICE_NAME" in os.environ else {SERVICE_NAME: "remint"}
        resource = Resource.create({**named, SERVICE_VERSION: version("remint")})
        self._provider = TracerProvider(resource=resource)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self.tracer: Tracer = self._provider.get_tracer("remint")
        self.spans = OperationSpans(self.tracer)

    async def send_the_rest(self) -> None:
        """Export the spans that are still queued; later spans are dropped."""
        await asyncio.to_thread(self._provider.shutdown)


@dataclass(frozen=True, slots=True)
class OperationSpans:
    """An Observer: a span for each operation, but only as part of a request's trace.

    Periodic tasks get no spans, because their spans would hide those of requests.
    """

    tracer: Tracer

    @contextmanager
    def operation(self, name: str) -> Iterator[None]:
        if not get_current_span().is_recording():
            yield
            return
        with self.tracer.start_as_current_span(
            name, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except Exception as error:
                _tell_error(span, error)
                raise

    def batch(self, name: str) -> BatchObserver:
        return _BatchSpans(self.tracer, name)


@dataclass(frozen=True, slots=True)
class _BatchSpans:
    """A span for each caller, from the moment that the caller asks until the answer is there."""

    tracer: Tracer
    name: str

    def asked(self, answer: asyncio.Future[Any]) -> None:
        if get_current_span().is_recording():
            span = self.tracer.start_span(self.name)
            answer.add_done_callback(lambda done: _end(span, done))

    def sent(self, size: int, seconds: Sequence[float]) -> None:
        """Each caller's span ends with the caller's own answer."""


def _end(span: Span, answer: asyncio.Future[Any]) -> None:
    error = None if answer.cancelled() else answer.exception()
    if error is not None:
        _tell_error(span, error)
    span.end()


def _tell_error(span: Span, error: BaseException) -> None:
    """Name the error's type only, because its message can quote a secret."""
    span.set_attribute("error.type", type(error).__name__)
    if not isinstance(error, RemintError):
        span.set_status(Status(StatusCode.ERROR))
