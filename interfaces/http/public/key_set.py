"""The published key set over HTTP."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency
from msgspec import Meta, Struct

from domain.ports.key_set import KeySet
from interfaces.http.wire.openapi import WITHOUT_INPUT, Success, documented

PATH = "/.well-known/jwks.json"
A_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    "kid": "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s",
    "use": "sig",
    "alg": "ES256",
}
"""The key of RFC 7517, appendix A.1, as an example."""


class KeySetAnswer(Struct, frozen=True):
    """The public keys that verify Remint's JWTs."""

    keys: Annotated[
        Sequence[Mapping[str, str]],
        Meta(description="One JWK per key; a JWT names its key by `kid`."),
    ]


class KeySetDocument:
    """The key set (JWKS) as verifiers fetch and cache it (RFC 7517)."""

    def __init__(self, keys: KeySet, max_age: timedelta) -> None:
        self._keys = keys
        self._cache_control = f"public, max-age={int(max_age.total_seconds())}"

    def answer(self, known_tags: str) -> Response[Any]:
        """The document, or 304 if the client has the same document already.

        Args:
            known_tags: the If-None-Match header, empty if there was none.
        """
        document = msgspec.json.encode(KeySetAnswer(self._keys.published()))
        tag = f'"{hashlib.sha256(document).hexdigest()[:32]}"'
        headers = {"Cache-Control": self._cache_control, "ETag": tag}
        if tag in known_tags or known_tags.strip() == "*":
            return Response(b"", status_code=304, headers=headers)
        return Response(document, headers=headers, media_type="application/json")


class KeySetController(Controller):
    """`/.well-known/jwks.json`."""

    tags = ("keys",)

    @get(
        PATH,
        operation_id="keySet",
        sync_to_thread=False,
        responses=documented(
            Success("The key set (JWKS, RFC 7517).", KeySetAnswer([A_KEY])),
            Success("The key set still has the ETag that the client sent.", status=304),
            errors=WITHOUT_INPUT,
        ),
    )
    def key_set(
        self, key_set_document: NamedDependency[KeySetDocument], request: Request[Any, Any, Any]
    ) -> Response[KeySetAnswer]:
        """The keys that verify Remint's JWTs."""
        return key_set_document.answer(request.headers.get("if-none-match", ""))
