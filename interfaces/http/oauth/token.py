"""The token endpoint: exchanges a refresh token or an assertion for an access token (RFC 6749)."""

from datetime import timedelta
from functools import partial
from typing import Annotated

from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body
from litestar.types import Receive, Scope
from msgspec import UNSET, Meta, UnsetType

from application.exchange_assertion import ExchangeAssertion
from application.refresh import Refresh
from domain.causes import AssertionFlaw
from domain.errors import (
    ForeignToken,
    InvalidAssertion,
    InvalidClient,
    OutsideGrant,
    TooManySessions,
)
from domain.grants import EMPTY, Narrowing
from interfaces.http.api.authentication import origin
from interfaces.http.api.refresh import CONTINUED, REFUSED
from interfaces.http.oauth.errors import oauth_operation
from interfaces.http.oauth.forms import AnAssertion, ClientForm, Parameter
from interfaces.http.wire import session_options
from interfaces.http.wire.bearer import BEARER, DPOP, token_type
from interfaces.http.wire.client_credentials import OPTIONAL_SECURITY
from interfaces.http.wire.confidential import Confidential, PresentedToken
from interfaces.http.wire.exchange import COUNTS_REFRESHES, note_cause, note_opening
from interfaces.http.wire.form_body import FormBody
from interfaces.http.wire.lean_route import LeanRoute
from interfaces.http.wire.openapi import A_JWT, BUSY, Success, bad_form, with_proofs
from interfaces.http.wire.proof import presented_proof
from interfaces.http.wire.request_body import BodyBounds
from interfaces.http.wire.request_errors import Fault, InvalidRequest, UnsupportedGrantType
from interfaces.http.wire.request_headers import FORM_WITH_PROOF
from interfaces.http.wire.still_connected import still_connected

PATH = "/oauth/token"
REFRESH_TOKEN = "refresh_token"  # noqa: S105 - a grant type
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
GRANT_TYPES = (REFRESH_TOKEN, JWT_BEARER)


class TokenRequest(ClientForm, frozen=True, kw_only=True):
    """A grant, and what the access token is to be good for."""

    grant_type: Annotated[Parameter, Meta(description=f"`{REFRESH_TOKEN}` or `{JWT_BEARER}`.")]
    refresh_token: PresentedToken | UnsetType = UNSET
    assertion: Annotated[
        AnAssertion | UnsetType,
        Meta(description="Of a trusted issuer, about the user (RFC 7523 section 2.1)."),
    ] = UNSET
    scope: Annotated[
        Parameter | UnsetType,
        Meta(
            description="With a refresh token: words of the session's scope, for this access token "
            "alone. With an assertion: the scope of the new session."
        ),
    ] = UNSET
    resource: Annotated[
        Parameter | UnsetType,
        Meta(
            description="With a refresh token: one of the session's audiences, for this access "
            "token (RFC 8707). With an assertion: the audience of the new session."
        ),
    ] = UNSET

    def narrowing(self) -> Narrowing | None:
        """What the access token is to have less than the session; None for nothing."""
        if self.scope is UNSET and self.resource is UNSET:
            return None
        scope = None if self.scope is UNSET else session_options.scope(self.scope)
        return Narrowing(scope, None if self.resource is UNSET else self.resource)

    def asked_scope(self) -> tuple[str, ...]:
        """The scope of a new session."""
        return () if self.scope is UNSET else session_options.scope(self.scope)

    def asked_audience(self) -> tuple[str, ...]:
        """The audience of a new session."""
        return () if self.resource is UNSET else (self.resource,)


class TokenAnswer(Confidential, frozen=True, kw_only=True):
    """An access token (RFC 6749 section 5.1), and a refresh token if there is a new one."""

    access_token: Annotated[str, Meta(description="The JWT, for resource servers.")]
    token_type: Annotated[str, Meta(description="`Bearer` (RFC 6750) or `DPoP` (RFC 9449).")] = (
        BEARER
    )
    expires_in: Annotated[int, Meta(description="Seconds for which the access token is valid.")]
    refresh_token: Annotated[
        str | UnsetType,
        Meta(
            description="That of a new session. In a rotating session: replaces the one that was "
            "presented, so store it before using the access token."
        ),
    ] = UNSET
    scope: Annotated[
        str | UnsetType, Meta(description="The scope of the access token, if it has one.")
    ] = UNSET
    refresh_token_expires_in: Annotated[
        int, Meta(description="Seconds until the session expires for good.")
    ]


ERRORS = (
    *with_proofs(bad_form("refresh_token")),
    UnsupportedGrantType(),
    *REFUSED,
    ForeignToken(),
    OutsideGrant("scope"),
    OutsideGrant("resource"),
    InvalidAssertion(AssertionFlaw.EXPIRED),
    TooManySessions(),
    InvalidClient(),
    BUSY,
)
AN_ANSWER = TokenAnswer(access_token=A_JWT, expires_in=600, refresh_token_expires_in=2_592_000)


def token_route(
    refresh: Refresh,
    exchange_assertion: ExchangeAssertion,
    bounds: BodyBounds,
    patience: timedelta,
) -> HTTPRouteHandler:
    """The route of the token endpoint, answered lean."""

    async def act(form: TokenRequest, scope: Scope, receive: Receive) -> TokenAnswer:
        if form.grant_type == REFRESH_TOKEN:
            return await refreshed(form, scope, receive)
        if form.grant_type == JWT_BEARER:
            return await opened(form, scope)
        raise UnsupportedGrantType

    async def refreshed(form: TokenRequest, scope: Scope, receive: Receive) -> TokenAnswer:
        if form.refresh_token is UNSET:
            raise InvalidRequest("refresh_token", Fault.MISSING)
        renewed = await refresh(
            form.refresh_token,
            partial(still_connected, receive, patience),
            form.credentials(scope["headers"]),
            form.narrowing(),
            presented_proof(scope["headers"], "POST", PATH),
        )
        note_cause(CONTINUED[renewed.rule])
        return TokenAnswer(
            access_token=renewed.jwt,
            token_type=DPOP if renewed.is_bound else BEARER,
            expires_in=int(renewed.expires_in.total_seconds()),
            refresh_token=renewed.refresh_token or UNSET,
            scope=" ".join(renewed.scope) or UNSET,
            refresh_token_expires_in=int(renewed.session_expires_in.total_seconds()),
        )

    async def opened(form: TokenRequest, scope: Scope) -> TokenAnswer:
        note_opening()
        if form.assertion is UNSET:
            raise InvalidRequest("assertion", Fault.MISSING)
        new = await exchange_assertion(
            form.assertion,
            origin(),
            form.credentials(scope["headers"]),
            presented_proof(scope["headers"], "POST", PATH),
            scope=form.asked_scope(),
            audience=form.asked_audience(),
        )
        session, grant = new.session, new.session.grant or EMPTY
        return TokenAnswer(
            access_token=new.jwt,
            token_type=token_type(session.proof_key),
            expires_in=int(new.expires_in.total_seconds()),
            refresh_token=new.refresh_token,
            scope=" ".join(grant.scope) or UNSET,
            refresh_token_expires_in=int((session.expires_at - session.opened_at).total_seconds()),
        )

    @LeanRoute(
        PATH,
        FormBody(TokenRequest, FORM_WITH_PROOF),
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
        """Exchange a refresh token, or an assertion of a trusted issuer, for an access token."""
        raise NotImplementedError  # LeanRoute answers; this function documents

    return token
