"""Owns liveness and readiness over HTTP."""

from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency
from msgspec import Meta, Struct

from application.check_readiness import CheckReadiness
from interfaces.http.wire.openapi import WITHOUT_INPUT, Success, documented
from interfaces.http.wire.request_errors import NotReady


class HealthAnswer(Struct, frozen=True, rename="camel"):
    """How the instance is."""

    status: Annotated[str, Meta(description="`alive` or `ready`.")]


READINESS_ERRORS = (NotReady(["databaseUnavailable"]), *WITHOUT_INPUT)


class HealthController(Controller):
    """`/health`."""

    path = "/health"
    tags = ("health",)

    @get(
        "/live",
        operation_id="live",
        sync_to_thread=False,
        responses=documented(
            Success("The process answers.", HealthAnswer("alive")),
            errors=WITHOUT_INPUT,
        ),
    )
    def live(self) -> HealthAnswer:
        """The process answers; restart it when it does not."""
        return HealthAnswer("alive")

    @get(
        "/ready",
        operation_id="ready",
        responses=documented(
            Success("The instance can do its work.", HealthAnswer("ready")),
            errors=READINESS_ERRORS,
        ),
    )
    async def ready(self, check_readiness: NamedDependency[CheckReadiness]) -> HealthAnswer:
        """The instance can do its work; send it no requests when it cannot."""
        problems = await check_readiness()
        if problems:
            raise NotReady(problems)
        return HealthAnswer("ready")
