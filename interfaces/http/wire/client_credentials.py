"""Owns how a client authenticates: by HTTP Basic, and nowhere else (RFC 6749 section 2.3.1)."""

import re
from base64 import b64decode
from urllib.parse import unquote_plus

from litestar.openapi.spec import SecurityScheme

from domain.clients import ClientCredentials
from domain.errors import InvalidClient
from interfaces.http.wire.request_headers import Headers

SCHEME = "client"
SECURITY = ({SCHEME: list[str]()},)
"""What an operation that asks for a client says in the OpenAPI document."""
OPTIONAL_SECURITY = (dict[str, list[str]](), *SECURITY)
"""What an operation says that asks for a client only where the session's client has a secret."""
SECURITY_SCHEMES = {
    SCHEME: SecurityScheme(
        type="http",
        scheme="basic",
        description="The id and the secret of a confidential client, both form-encoded first (RFC "
        "6749 section 2.3.1).",
    )
}

_IS_BASIC = re.compile(rb"basic +([A-Za-z0-9+/=_-]{1,4096})", re.IGNORECASE).fullmatch


def client_credentials(headers: Headers) -> ClientCredentials | None:
    """The credentials of the client; None where the request has none.

    Raises:
        InvalidClient: two Authorization headers, or Basic credentials that have another form.
    """
    presented = [value for name, value in headers if name == b"authorization"]
    if not presented:  # as for nearly every refresh, which is to pay for nothing more
        return None
    if not any(value[:5].lower() == b"basic" for value in presented):
        return None
    found = _IS_BASIC(presented[0].strip()) if len(presented) == 1 else None
    if found is None:
        raise InvalidClient
    return _decoded(found[1])


def _decoded(encoded: bytes) -> ClientCredentials:
    try:
        client_id, colon, secret = b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        raise InvalidClient from None
    if not colon:
        raise InvalidClient
    return ClientCredentials(unquote_plus(client_id), unquote_plus(secret))
