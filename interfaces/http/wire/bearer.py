"""Owns how a JWT is presented: in the Authorization header, and nowhere else (RFC 6750)."""

from typing import Any

from litestar import Request
from litestar.openapi.spec import SecurityScheme

from domain.errors import InvalidAccessToken
from interfaces.http.wire.request_headers import PROOF, require

SCHEME = "bearer"
SECURITY = ({SCHEME: list[str]()},)
"""What an operation that asks for a JWT says in the OpenAPI document."""
SECURITY_SCHEMES = {
    SCHEME: SecurityScheme(
        type="http",
        scheme="bearer",
        bearer_format="JWT",
        description="A JWT of this service; refused as soon as its session is over.",
    )
}


def bearer(request: Request[Any, Any, Any]) -> str:
    """The JWT as it was presented.

    Raises:
        UnsupportedHeader: a proof of possession, which is not verified yet.
        InvalidAccessToken: no header, more than one, or another scheme.
    """
    require(request.scope["headers"], PROOF)
    presented = request.headers.getall("authorization", [])
    if len(presented) != 1:
        raise InvalidAccessToken
    scheme, _, token = presented[0].partition(" ")
    token = token.lstrip(" ")  # RFC 9110 section 11.4: one or more spaces
    if scheme.lower() != "bearer" or not token:
        raise InvalidAccessToken
    return token
