"""The token endpoint: exchanges a refresh token for an access token (RFC 6749 section 6)."""

from datetime import timedelta
from functools import partial
from typing import Annotated

from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body
from litestar.types import Receive, Scope
from msgspec import UNSET, Meta, UnsetType

from application.refresh import Refresh
from domain.errors import ForeignToken, InvalidClient, OutsideGrant
from domain.grants import Narrowing
from interfaces.http.api.refresh import CONTINUED, REFUSED
from interfaces.http.oauth.errors import oauth_operation
from interfaces.http.oauth.forms import ClientForm, Parameter
from interfaces.http.wire import session_options
from interfaces.http.wire.client_credentials import OPTIONAL_SECURITY
from interfaces.http.wire.confidential import Confidential, PresentedToken
from interfaces.http.wire.exchange import COUNTS_REFRESHES, note_cause
from interfaces.http.wire.form_body import FormBody
from interfaces.http.wire.lean_route import LeanRoute
from interfaces.http.wire.openapi import A_JWT, BUSY, Success, bad_form
from interfaces.http.wire.request_body import BodyBounds
from interfaces.http.wire.request_errors import Fault, InvalidRequest, UnsupportedGrantType
from interfaces.http.wire.still_connected import still_connected

PATH = "/oauth/token"
REFRESH_TOKEN = "refresh_token"  # noqa: S105 - a grant type
GRANT_TYPES = (REFRESH_TOKEN,)
BEARER = "Bearer"


class TokenRequest(ClientForm, frozen=True, kw_only=True):
    """A grant, and what the access token is to be good for."""

    grant_type: Annotated[Parameter, Meta(description="`refresh_token`.")]
    refresh_token: PresentedToken | UnsetType = UNSET
    scope: Annotated[
        Parameter | UnsetType,
        Meta(description="Words of the session's scope, for this access token alone."),
    ] = UNSET
    resource: Annotated[
        Parameter | UnsetType,
        Meta(description="One of the session's audiences, for this access token (RFC 8707)."),
    ] = UNSET

    def narrowing(self) -> Narrowing | None:
        """What the access token is to have less than the session; None for nothing."""
        if self.scope is UNSET and self.resource is UNSET:
            return None
        scope = None if self.scope is UNSET else session_options.scope(self.scope)
        return Narrowing(scope, None if self.resource is UNSET else self.resource)


class TokenAnswer(Confidential, frozen=True, kw_only=True):
    """An access token (RFC 6749 section 5.1), and of a rotating session the next refresh token."""

    access_token: Annotated[str, Meta(description="The JWT, for resource servers.")]
    token_type: Annotated[str, Meta(description="`Bearer` (RFC 6750).")] = BEARER
    expires_in: Annotated[int, Meta(description="Seconds for which the access token is valid.")]
    refresh_token: Annotated[
        str | UnsetType,
        Meta(
            description="Only for rotating sessions: replaces the one that was presented. "
            "Store it before using the access token."
        ),
    ] = UNSET
    scope: Annotated[
        str | UnsetType, Meta(description="The scope of the access token, if it has one.")
    ] = UNSET
    refresh_token_expires_in: Annotated[
        int, Meta(description="Seconds until the session expires for good.")
    ]


ERRORS = (
    *bad_form("refresh_token"),
    UnsupportedGrantType(),
    *REFUSED,
    ForeignToken(),
    OutsideGrant("scope"),
    OutsideGrant("resource"),
    InvalidClient(),
    BUSY,
)
AN_ANSWER = TokenAnswer(access_token=A_JWT, expires_in=600, refresh_token_expires_in=2_592_000)


def token_route(refresh: Refresh, bounds: BodyBounds, patience: timedelta) -> HTTPRouteHandler:
    """The route of the token endpoint, answered lean."""

    async def act(form: TokenRequest, scope: Scope, receive: Receive) -> TokenAnswer:
        if form.grant_type not in GRANT_TYPES:
            raise UnsupportedGrantType
        if form.refresh_token is UNSET:
            raise InvalidRequest("refresh_token", Fault.MISSING)
        refreshed = await refresh(
            form.refresh_token,
            partial(still_connected, receive, patience),
            form.credentials(scope["headers"]),
            form.narrowing(),
        )
        note_cause(CONTINUED[refreshed.rule])
        return TokenAnswer(
            access_token=refreshed.jwt,
            expires_in=int(refreshed.expires_in.total_seconds()),
            refresh_token=refreshed.refresh_token or UNSET,
            scope=" ".join(refreshed.scope) or UNSET,
            refresh_token_expires_in=int(refreshed.session_expires_in.total_seconds()),
        )

    @LeanRoute(
        PATH,
        FormBody(TokenRequest),
        bounds,
        act,
        operation_id="token",
        security=OPTIONAL_SECURITY,
        opt={COUNTS_REFRESHES: True},
        **oauth_operation(Success("An access token.", AN_ANSWER), ERRORS),
    )
    async def token(
        data: Annotated[TokenRequest, Body(media_type=RequestEncodingType.URL_ENCODED)],
    ) -> TokenAnswer:
        """Exchange a refresh token for an access token."""
        raise NotImplementedError  # LeanRoute answers; this function documents

    return token
