"""Owns the span of a request. Imports OpenTelemetry, so import this module only for traces."""

from collections.abc import Awaitable, Callable

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, format_trace_id
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from interfaces.http.wire.exchange import CURRENT, UNMATCHED, Exchange

_CARRIED = (b"traceparent", b"tracestate")
_PROPAGATOR = TraceContextTextMapPropagator()


class TracingMiddleware:
    """Continues the caller's trace, or begins one; the log lines then name the same trace."""

    def __init__(
        self, app: ASGIApp, tracer: Tracer, at_the_end: Callable[[], Awaitable[None]]
    ) -> None:
        """`at_the_end` is awaited when the application's lifespan is over."""
        self._app = app
        self._tracer = tracer
        self._at_the_end = at_the_end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            await self._at_the_end()
            return
        exchange = CURRENT.get()
        with self._tracer.start_as_current_span(
            exchange.method,
            context=_callers_context(scope),
            kind=SpanKind.SERVER,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            _adopt(exchange, span)
            try:
                await self._app(scope, receive, send)
            finally:
                _describe(span, exchange)


def _callers_context(scope: Scope) -> Context:
    carried = {
        name.decode(): value.decode("latin-1")
        for name, value in scope["headers"]
        if name in _CARRIED
    }
    return _PROPAGATOR.extract(carried, Context())


def _adopt(exchange: Exchange, span: Span) -> None:
    trace_id = format_trace_id(span.get_span_context().trace_id)
    if exchange.request_id == exchange.trace_id:
        exchange.request_id = trace_id
    exchange.trace_id = trace_id


def _describe(span: Span, exchange: Exchange) -> None:
    """Set OpenTelemetry's attributes for HTTP servers, without path and query."""
    route = exchange.scope.get("path_template") or UNMATCHED
    span.update_name(f"{exchange.method} {route}")
    span.set_attributes(
        {
            "http.request.method": exchange.method,
            "http.route": route,
            "http.response.status_code": exchange.status,
            "client.address": exchange.client_address,
            "remint.request_id": exchange.request_id,
            "remint.cause": exchange.cause,
        }
    )
    if exchange.status >= 500:
        span.set_status(Status(StatusCode.ERROR))
