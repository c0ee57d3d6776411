"""Each route understands the request headers of its own body format."""

import msgspec
import pytest
from litestar import Litestar, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody

from interfaces.http.wire.errors import error_handler
from interfaces.http.wire.json_body import CredentialsJson, StrictJson
from interfaces.http.wire.json_errors import JSON_ERRORS
from tests.support.checks.http_calls import calling

pytestmark = pytest.mark.anyio

DIGEST = {"Authorization": "Digest YTpi"}


class Note(msgspec.Struct):
    """A body that two routes share."""

    text: str


@post("/plain", dto=StrictJson[Note], return_dto=None)
async def plain(data: JSONBody[Note]) -> None:
    """Accept a body next to a credential in the headers."""


@post("/credentials", dto=CredentialsJson[Note], return_dto=None)
async def credentials(data: JSONBody[Note]) -> None:
    """Accept a body that is the credential."""


@pytest.mark.parametrize("routes", [[plain, credentials], [credentials, plain]])
async def test_two_formats_of_one_model_keep_their_own_headers(
    routes: list[HTTPRouteHandler],
) -> None:
    app = Litestar(
        routes,
        exception_handlers={Exception: error_handler(JSON_ERRORS)},
        openapi_config=None,
        logging_config=None,
    )
    async with calling(app) as client:
        next_to_it = await client.post("/plain", json={"text": "a"}, headers=DIGEST)
        instead = await client.post("/credentials", json={"text": "a"}, headers=DIGEST)
    assert (next_to_it.status_code, instead.status_code) == (201, 400)
