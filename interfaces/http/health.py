"""Whether the instance lives, and whether it may receive requests, over HTTP."""

from litestar import Controller, get
from litestar.di import NamedDependency

from application.check_readiness import CheckReadiness
from interfaces.http.bodies import HealthAnswer
from interfaces.http.errors import NotReady


class HealthController(Controller):
    """`/health`."""

    path = "/health"

    @get("/live", sync_to_thread=False)
    def live(self) -> HealthAnswer:
        """The process answers; restart it when it does not."""
        return HealthAnswer("alive")

    @get("/ready")
    async def ready(self, check_readiness: NamedDependency[CheckReadiness]) -> HealthAnswer:
        """The instance can do its work; send it no requests when it cannot."""
        problems = await check_readiness()
        if problems:
            raise NotReady(problems)
        return HealthAnswer("ready")
