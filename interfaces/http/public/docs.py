"""The OpenAPI document and a page to read it on, which loads nothing from outside."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

DOCUMENT_PATH = "/openapi.json"
ASSETS = Path(__file__).parent / "assets"
SERVED = {
    "page.js": "text/javascript",
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
}
# The page can run and fetch only what Remint serves. Its own styles, and the pictures in its style
# sheet, are inline.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
CACHED = "public, max-age=3600"


class ApiDocument:
    """The OpenAPI document, written at the first request for it."""

    def __init__(self, write: Callable[[], dict[str, Any]]) -> None:
        self._write = write

    @cached_property
    def text(self) -> bytes:
        return msgspec.json.encode(self._write())


class ApiDocumentController(Controller):
    """`/openapi.json`."""

    include_in_schema = False

    @get(DOCUMENT_PATH, sync_to_thread=False)
    def document(self, api_document: NamedDependency[ApiDocument]) -> Response[bytes]:
        """The document as JSON."""
        return Response(api_document.text, media_type="application/json", headers=cached())


@get("/", include_in_schema=False, sync_to_thread=False, status_code=307)
def root() -> Redirect:
    """Where a person begins who opens the address of the service."""
    return Redirect("docs", status_code=307)


class ApiPageController(Controller):
    """`/docs` and the files that it is made of."""

    path = "/docs"
    include_in_schema = False

    @get(sync_to_thread=False)
    def page(self) -> Response[bytes]:
        """The page itself."""
        page = (ASSETS / "page.html").read_bytes()
        policy = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"}
        return Response(page, media_type="text/html", headers=cached() | policy)

    @get("/{name:str}", sync_to_thread=True)
    def asset(self, name: FromPath[str]) -> Response[bytes]:
        """One of the page's files."""
        if name not in SERVED:
            raise NotFoundException
        return Response((ASSETS / name).read_bytes(), media_type=SERVED[name], headers=cached())


def cached() -> dict[str, str]:
    """Headers for documents that are the same for every client."""
    return {"Cache-Control": CACHED}
