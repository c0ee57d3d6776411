"""Owns the spans behind the interfaces. OpenTelemetry is imported here: only when it is wanted."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from importlib.metadata import version
from typing import Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Status, StatusCode, Tracer, get_current_span

from domain.access_tokens import AccessToken
from domain.errors import RemintError
from infrastructure.telemetry.watched import Around, Operation


class Traces:
    """Makes spans and sends them off, as OpenTelemetry's environment variables say."""

    def __init__(self) -> None:
        named = {} if "OTEL_SERVICE_NAME" in os.environ else {SERVICE_NAME: "remint"}
        resource = Resource.create({**named, SERVICE_VERSION: version("remint")})
        self._provider = TracerProvider(resource=resource)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self.tracer: Tracer = self._provider.get_tracer("remint")

    def around(self, use_cases: Any) -> None:
        """Give every call of these use cases a span.

        On their classes, as instrumentations do: the framework accepts nothing in their place.
        """
        for part in (getattr(use_cases, each.name) for each in fields(use_cases)):
            for each in fields(part):
                kind: Any = type(getattr(part, each.name))
                kind.__call__ = spanned(self.tracer)(each.name, kind.__call__)

    async def send_the_rest(self) -> None:
        """Send what was not sent yet; there are no spans afterwards."""
        await asyncio.to_thread(self._provider.shutdown)


def spanned(tracer: Tracer) -> Around:
    """A span for every call of an operation."""

    def around(name: str, operation: Operation) -> Operation:
        async def call(*arguments: Any, **named: Any) -> Any:
            with _span(tracer, name):
                return await operation(*arguments, **named)

        return call

    return around


class SpannedSigner:
    """The port AccessTokenSigner, with a span around each signature."""

    def __init__(self, signer: Any, tracer: Tracer) -> None:
        self._signer = signer
        self._tracer = tracer

    def sign(self, token: AccessToken) -> str:
        with _span(self._tracer, "access_tokens.sign"):
            signed: str = self._signer.sign(token)
            return signed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._signer, name)


@contextmanager
def _span(tracer: Tracer, name: str) -> Iterator[None]:
    """A span that tells of an error by its type alone, since its text may quote (checklist S1).

    Only as part of a request's trace: chores would fill the screen with spans of their own.
    """
    if not get_current_span().is_recording():
        yield
        return
    with tracer.start_as_current_span(
        name, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield
        except Exception as error:
            span.set_attribute("error.type", type(error).__name__)
            if not isinstance(error, RemintError):
                span.set_status(Status(StatusCode.ERROR))
            raise
