"""The revocation endpoint: ends the session of a token (RFC 7009)."""

from typing import Annotated

from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body
from litestar.types import Receive, Scope
from msgspec import Struct

from application.revoke_token import RevokeToken
from domain.errors import ForeignToken, InvalidClient
from interfaces.http.oauth.errors import oauth_operation
from interfaces.http.oauth.forms import TokenForm
from interfaces.http.wire.client_credentials import OPTIONAL_SECURITY
from interfaces.http.wire.form_body import FormBody
from interfaces.http.wire.lean_route import LeanRoute
from interfaces.http.wire.openapi import BUSY, Success, bad_form
from interfaces.http.wire.request_body import BodyBounds

PATH = "/oauth/revoke"
ERRORS = (*bad_form("token"), ForeignToken(), InvalidClient(), BUSY)


class RevocationAnswer(Struct, frozen=True):
    """Nothing more is said."""


def revocation_route(revoke_token: RevokeToken, bounds: BodyBounds) -> HTTPRouteHandler:
    """The route of the revocation endpoint."""

    async def act(form: TokenForm, scope: Scope, receive: Receive) -> RevocationAnswer:
        await revoke_token(form.token, form.credentials(scope["headers"]))
        return RevocationAnswer()

    @LeanRoute(
        PATH,
        FormBody(TokenForm),
        bounds,
        act,
        operation_id="revokeToken",
        security=OPTIONAL_SECURITY,
        **oauth_operation(
            Success("The session of the token has ended, or there was none.", RevocationAnswer()),
            ERRORS,
        ),
    )
    async def revoke(
        data: Annotated[TokenForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
    ) -> RevocationAnswer:
        """End the session of a refresh token or a JWT; an unknown token is answered alike."""
        raise NotImplementedError  # LeanRoute answers; this function documents

    return revoke
