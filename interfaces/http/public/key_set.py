"""The published keys over HTTP."""

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

JWKS_PATH = "/.well-known/jwks.json"
PEM_PATH = "/.well-known/jwks.pem"
PEM_TYPE = "application/x-pem-file"
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
A_PEM = f"""\
{A_KEY["kid"]}
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMKBCTNIcKUSDii11ySs3526iDZ8A
iTo7Tu6KPAqv7D7gS2XpJFbZiItSs3m9+9Ue6GnvHw/GW2ZZaVtszggXIw==
-----END PUBLIC KEY-----
"""


class KeySetAnswer(Struct, frozen=True):
    """The public keys that verify Remint's JWTs."""

    keys: Annotated[
        Sequence[Mapping[str, str]],
        Meta(description="One JWK per key; a JWT names its key by `kid`."),
    ]


class KeySetDocuments:
    """The published keys as verifiers fetch and cache them, as JWKS or as PEM."""

    def __init__(self, keys: KeySet, max_age: timedelta) -> None:
        self._keys = keys
        self._cache_control = f"public, max-age={int(max_age.total_seconds())}"

    def jwks(self, known_tags: str) -> Response[Any]:
        """The key set (RFC 7517), or 304 if the client has the same document already.

        Args:
            known_tags: the If-None-Match header, empty if there was none.
        """
        document = msgspec.json.encode(KeySetAnswer(self._keys.published()))
        return self._answer(document, "application/json", known_tags)

    def pem(self, known_tags: str) -> Response[Any]:
        """The same keys in PEM (RFC 7468), or 304."""
        return self._answer(self._keys.published_pem().encode(), PEM_TYPE, known_tags)

    def _answer(self, document: bytes, media_type: str, known_tags: str) -> Response[Any]:
        tag = f'"{hashlib.sha256(document).hexdigest()[:32]}"'
        headers = {"Cache-Control": self._cache_control, "ETag": tag}
        if tag in known_tags or known_tags.strip() == "*":
            return Response(b"", status_code=304, headers=headers)
        return Response(document, headers=headers, media_type=media_type)


UNCHANGED = Success("The keys still have the ETag that the client sent.", status=304)


class KeySetController(Controller):
    """`/.well-known/jwks.json` and `/.well-known/jwks.pem`."""

    tags = ("keys",)

    @get(
        JWKS_PATH,
        operation_id="keySet",
        sync_to_thread=False,
        responses=documented(
            Success("The key set (JWKS, RFC 7517).", KeySetAnswer([A_KEY])),
            UNCHANGED,
            errors=WITHOUT_INPUT,
        ),
    )
    def key_set(
        self, key_set_documents: NamedDependency[KeySetDocuments], request: Request[Any, Any, Any]
    ) -> Response[KeySetAnswer]:
        """The keys that verify Remint's JWTs."""
        return key_set_documents.jwks(request.headers.get("if-none-match", ""))

    @get(
        PEM_PATH,
        operation_id="keySetInPem",
        sync_to_thread=False,
        media_type=PEM_TYPE,
        responses=documented(
            Success(
                "Each key as SubjectPublicKeyInfo in PEM (RFC 7468).", A_PEM, media_type=PEM_TYPE
            ),
            UNCHANGED,
            errors=WITHOUT_INPUT,
        ),
    )
    def key_set_in_pem(
        self, key_set_documents: NamedDependency[KeySetDocuments], request: Request[Any, Any, Any]
    ) -> Response[str]:
        """The same keys for verifiers that read PEM, each below a line with its `kid`."""
        return key_set_documents.pem(request.headers.get("if-none-match", ""))
