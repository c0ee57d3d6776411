"""A family of operations can answer errors in a dialect of its own, next to the JSON one."""

from collections.abc import Mapping
from datetime import timedelta

import msgspec
import pytest
from litestar import Litestar
from litestar.types import Receive, Scope

from domain.errors import Unavailable
from interfaces.http.wire.error_table import entry_of
from interfaces.http.wire.errors import ErrorAnswer, error_handler
from interfaces.http.wire.json_errors import JSON_ERRORS
from interfaces.http.wire.lean_route import LeanRoute
from interfaces.http.wire.openapi import document, documented
from interfaces.http.wire.request_body import BodyBounds
from interfaces.http.wire.request_errors import UnsupportedMediaType
from interfaces.http.wire.request_headers import Headers
from tests.support.checks.http_calls import calling

pytestmark = pytest.mark.anyio

PATH = "/token"


class Terse(msgspec.Struct):
    """An error body of one word."""

    error: str


class TerseErrors:
    """A dialect that answers every error with 400."""

    media_type = "application/vnd.terse+json"
    body_type = Terse

    def __call__(self, error: Exception, path: str) -> ErrorAnswer:
        word = entry_of(error).code
        return ErrorAnswer(400, word, "Terse.", Terse(word), {"X-Terse": "yes"})


class Done(msgspec.Struct):
    """The body of a success."""

    token: str


def decode_form(headers: Headers, body: bytes) -> Mapping[str, str]:
    if dict(headers).get(b"content-type") != b"application/x-www-form-urlencoded":
        raise UnsupportedMediaType
    return dict([body.decode().split("=")])


async def act(form: Mapping[str, str], scope: Scope, receive: Receive) -> Done:
    if form["token"] == "down":
        raise Unavailable("contended")
    return Done(form["token"])


@LeanRoute(
    PATH,
    decode_form,
    BodyBounds(64, timedelta(seconds=1)),
    act,
    exception_handlers={Exception: error_handler(TerseErrors())},
    responses=documented(errors=[Unavailable("contended")], dialect=TerseErrors()),
)
async def token() -> Done:
    """Exchange a token."""
    raise NotImplementedError


@pytest.fixture
def app() -> Litestar:
    return Litestar(
        [token],
        exception_handlers={Exception: error_handler(JSON_ERRORS)},
        openapi_config=None,
        logging_config=None,
    )


async def test_a_form_is_answered_lean_and_its_errors_in_the_dialect_of_the_route(
    app: Litestar,
) -> None:
    async with calling(app) as client:
        done = await client.post(PATH, data={"token": "x"})
        down = await client.post(PATH, data={"token": "down"})
        other = await client.post(PATH, json={})
        nowhere = await client.get("/nowhere")
    assert (done.status_code, done.json()) == (200, {"token": "x"})
    assert (down.status_code, down.json()) == (400, {"error": "unavailable"})
    assert (down.headers["Content-Type"], down.headers["X-Terse"]) == (
        TerseErrors.media_type,
        "yes",
    )
    assert other.json() == {"error": "unsupportedMediaType"}
    assert nowhere.json()["error"]["code"] == "notFound"


def test_the_document_shows_the_errors_of_a_route_in_its_dialect() -> None:
    described = document([token], {})
    answers = described["paths"][PATH]["post"]["responses"]
    assert b"unavailable" in msgspec.json.encode(answers["400"])
    assert "503" not in answers
    assert described["components"]["schemas"]["Terse"]["required"] == ["error"]
