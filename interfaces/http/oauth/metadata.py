"""The metadata documents, by which libraries find the endpoints (RFC 8414)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta, Struct

from domain.assertions import ALGORITHMS as ASSERTION_ALGORITHMS
from interfaces.http.oauth import introspection, revocation, token
from interfaces.http.public.key_set import JWKS_PATH
from interfaces.http.wire.openapi import WITHOUT_INPUT, Success, documented

OAUTH_PATH = "/.well-known/oauth-authorization-server"
OPENID_PATH = "/.well-known/openid-configuration"
PROOFS = ("client_secret_basic", "client_secret_post", "private_key_jwt")


class Metadata(Struct, frozen=True, kw_only=True):
    """Where the endpoints are, and what they understand."""

    issuer: Annotated[str, Meta(description="`iss` of the JWTs.")]
    token_endpoint: str
    revocation_endpoint: str
    introspection_endpoint: str
    jwks_uri: str
    grant_types_supported: Sequence[str] = token.GRANT_TYPES
    # Required even where there is no authorization endpoint, and never empty (section 2).
    response_types_supported: Sequence[str] = ("none",)
    token_endpoint_auth_methods_supported: Sequence[str] = (*PROOFS, "none")
    token_endpoint_auth_signing_alg_values_supported: Sequence[str] = ASSERTION_ALGORITHMS
    revocation_endpoint_auth_methods_supported: Sequence[str] = (*PROOFS, "none")
    revocation_endpoint_auth_signing_alg_values_supported: Sequence[str] = ASSERTION_ALGORITHMS
    introspection_endpoint_auth_methods_supported: Sequence[str] = PROOFS
    dpop_signing_alg_values_supported: Sequence[str] = ASSERTION_ALGORITHMS
    introspection_endpoint_auth_signing_alg_values_supported: Sequence[str] = ASSERTION_ALGORITHMS


def names_of(issuer: str) -> tuple[str, ...]:
    """What a client's assertion can name as its audience (RFC 7523 section 3): the issuer, or the
    token endpoint."""
    return issuer, issuer.rstrip("/") + token.PATH


def metadata_of(issuer: str) -> Metadata:
    """The metadata of an issuer, which is the public address of the service."""
    base = issuer.rstrip("/")
    return Metadata(
        issuer=issuer,
        token_endpoint=base + token.PATH,
        revocation_endpoint=base + revocation.PATH,
        introspection_endpoint=base + introspection.PATH,
        jwks_uri=base + JWKS_PATH,
    )


def metadata_routes(issuer: str, max_age: timedelta) -> list[HTTPRouteHandler]:
    """The routes of the documents, all of which are one.

    The path of an issuer comes after the well-known part (section 3.1), so a proxy in front of
    several issuers hands that path on.
    """
    path = urlsplit(issuer).path.rstrip("/")
    paths = {"oauthMetadata": OAUTH_PATH, "openidConfiguration": OPENID_PATH}
    if path:
        paths["oauthMetadataOfIssuer"] = OAUTH_PATH + path
    document = metadata_of(issuer)
    return [_route(operation, at, document, max_age) for operation, at in paths.items()]


def _route(
    operation_id: str, path: str, document: Metadata, max_age: timedelta
) -> HTTPRouteHandler:
    headers = {"Cache-Control": f"public, max-age={int(max_age.total_seconds())}"}

    @get(
        path,
        operation_id=operation_id,
        tags=["oauth"],
        sync_to_thread=False,
        responses=documented(Success("The metadata.", document), errors=WITHOUT_INPUT),
    )
    def metadata() -> Response[Metadata]:
        """Where the OAuth endpoints are, and what they understand."""
        return Response(document, headers=headers, media_type="application/json")

    return metadata
