"""Owns that an id in a path is written in one way, so that rules of a proxy by path hold."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.exceptions import NotFoundException
from litestar.handlers import BaseRouteHandler


def canonical_session_id(
    connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler
) -> None:
    """A guard: a UUID that ends the path has the form of RFC 9562 section 4, in lower case.

    Raises:
        NotFoundException: the id is in upper case, in braces, or has other hyphens.
    """
    if not connection.scope["path"].endswith(f"/{connection.path_params['session_id']}"):
        raise NotFoundException
