"""Owns the one layer around the HTTP interface that observes every request."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from interfaces.http.server.headers import ResponseHeaders
from interfaces.http.server.interrupted import REASON, answer_stopping
from interfaces.http.server.start_failures import telling_why
from interfaces.http.wire.client_address import TrustedProxies
from interfaces.http.wire.exchange import CURRENT, UNANSWERED, Exchange

Report = Callable[[Exchange], None]


class ObservabilityMiddleware:
    """Gives every request an id and every answer its headers, and reports the outcome.

    The layer is plain ASGI outside the framework, so it also sees the framework's own answers.
    """

    def __init__(
        self,
        app: ASGIApp,
        proxies: TrustedProxies,
        answer_headers: ResponseHeaders,
        reports: Sequence[Report] = (),
        state: Mapping[str, object] | None = None,
    ) -> None:
        """Put it around the whole application.

        Args:
            app: the application.
            proxies: whose word about the client's address counts.
            answer_headers: the headers of every answer.
            reports: called with every request that is over.
            state: what the server's connections find in the state of the lifespan.
        """
        self._app = app
        self._client_address = proxies.client_address
        self._answer_headers = answer_headers
        self._reports = tuple(reports)
        self._state = state or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            scope.setdefault("state", {}).update(self._state)
            await self._app(scope, receive, telling_why(scope, send))
            return
        exchange = Exchange(scope, self._client_address(scope))
        token = CURRENT.set(exchange)
        started = perf_counter()

        async def send_observed(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                own = message["headers"]
                message["headers"] = self._answer_headers(own, exchange.request_id)
            await send(message)

        try:
            await self._app(scope, receive, send_observed)
        except asyncio.CancelledError:
            if exchange.status != UNANSWERED:
                raise
            exchange.cause = REASON
            await answer_stopping(send_observed)
        finally:
            exchange.is_over(perf_counter() - started)
            for report in self._reports:
                report(exchange)
            CURRENT.reset(token)
