"""Some paths are served on a port of their own, and that port serves nothing else."""

import httpx
import pytest
from litestar import Litestar, get
from litestar.handlers import HTTPRouteHandler

from interfaces.http.api.back_end import is_back_end_path
from interfaces.http.server.ports import PortMiddleware
from interfaces.http.server.request_target import RequestTargetMiddleware
from tests.support.checks.http_calls import calling

pytestmark = pytest.mark.anyio

PUBLIC, INSIDE, OTHER_INSIDE = 8080, 9090, 9091
SERVED = {
    PUBLIC: ["/refresh", "/api/v1/users-of-another-kind", "/api/v1/revocations"],
    INSIDE: ["/metrics"],
    OTHER_INSIDE: [
        *("/api/v1/users", "/api/v1/users/4711", "/api/v1/users/4711/sessions"),
        "/api/v1/refresh-tokens/explain",
    ],
}
SPELLINGS = ["{}", "{}/", "/{}", "//{}//"]


def route(path: str) -> HTTPRouteHandler:
    @get(path, sync_to_thread=False)
    def served() -> str:
        return path

    return served


@pytest.fixture
async def app() -> RequestTargetMiddleware:
    routes = [route(path) for paths in SERVED.values() for path in paths]
    framework = Litestar(routes, openapi_config=None, logging_config=None)
    ports = PortMiddleware(framework, {INSIDE: "/metrics".__eq__, OTHER_INSIDE: is_back_end_path})
    return RequestTargetMiddleware(ports)


async def status(app: RequestTargetMiddleware, port: int, path: str) -> int:
    async with calling(app) as client:
        url = httpx.URL(f"http://remint.test:{port}", path=path)
        return (await client.get(url)).status_code


@pytest.mark.proves("H16")
@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("port", SERVED)
async def test_a_port_serves_its_own_paths_in_one_spelling_and_no_others(
    app: RequestTargetMiddleware, port: int, spelling: str
) -> None:
    for path in (path for paths in SERVED.values() for path in paths):
        expected = 200 if path in SERVED[port] and spelling == "{}" else 404
        assert await status(app, port, spelling.format(path)) == expected


@pytest.mark.proves("H2")
async def test_a_refused_port_answers_like_an_unknown_path(app: RequestTargetMiddleware) -> None:
    async with calling(app) as client:
        answer = await client.get(f"http://remint.test:{INSIDE}/refresh")
    assert answer.json()["error"]["code"] == "notFound"
