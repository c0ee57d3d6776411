"""The introspection endpoint: whether a token is active at this moment (RFC 7662)."""

from typing import Annotated

from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body
from litestar.types import Receive, Scope
from msgspec import UNSET, Meta, Struct, UnsetType

from application.introspect import ActiveToken, Introspect
from application.steps.client_check import ClientCheck
from domain.clients import Permission
from domain.errors import InvalidClient, NotAllowed
from interfaces.http.api.back_end import PERMISSION
from interfaces.http.oauth.errors import oauth_operation
from interfaces.http.oauth.forms import TokenForm
from interfaces.http.wire.bearer import BEARER, token_type
from interfaces.http.wire.client_credentials import SECURITY
from interfaces.http.wire.form_body import FormBody
from interfaces.http.wire.lean_route import LeanRoute
from interfaces.http.wire.openapi import BUSY, Success, bad_form
from interfaces.http.wire.request_body import BodyBounds

PATH = "/oauth/introspect"
ERRORS = (*bad_form("token"), InvalidClient(), NotAllowed(Permission.INTROSPECT), BUSY)


class Confirmation(Struct, frozen=True):
    """A key, by its thumbprint (RFC 9449 section 6.2)."""

    jkt: str


class IntrospectionAnswer(Struct, frozen=True, kw_only=True):
    """Whether the token is active, and only then anything else (section 2.2)."""

    active: bool
    token_type: Annotated[
        str | UnsetType,
        Meta(description="`Bearer` or `DPoP` for a JWT; left out for a refresh token."),
    ] = UNSET
    iss: Annotated[str | UnsetType, Meta(description="The issuer.")] = UNSET
    sub: Annotated[str | UnsetType, Meta(description="The user's subject.")] = UNSET
    aud: Annotated[str | list[str] | UnsetType, Meta(description="The audience.")] = UNSET
    client_id: Annotated[
        str | UnsetType, Meta(description="The client that the session belongs to.")
    ] = UNSET
    scope: Annotated[str | UnsetType, Meta(description="The scope, if there is one.")] = UNSET
    iat: Annotated[
        int | UnsetType, Meta(description="When the JWT was issued, or the session opened.")
    ] = UNSET
    exp: Annotated[int | UnsetType, Meta(description="When the JWT expires, or the session.")] = (
        UNSET
    )
    jti: Annotated[str | UnsetType, Meta(description="The id of the JWT.")] = UNSET
    cnf: Annotated[
        Confirmation | UnsetType, Meta(description="The key that the token is bound to, if any.")
    ] = UNSET
    sid: Annotated[str | UnsetType, Meta(description="The session.")] = UNSET


INACTIVE = IntrospectionAnswer(active=False)
AN_ANSWER = IntrospectionAnswer(
    active=True,
    token_type=BEARER,
    iss="http://localhost:8080",
    sub="4711",
    aud="remint",
    client_id="remint",
    iat=1764000000,
    exp=1764000600,
    jti="5f0c2b9d4a1e4c6f8b7a9d3e2c1f0a4b",
    sid="019b5d2c-6a3e-7c31-9d52-7f1f0c6d2a11",
)


def introspection_route(
    introspect: Introspect, check: ClientCheck, bounds: BodyBounds, issuer: str
) -> HTTPRouteHandler:
    """The route of the introspection endpoint."""

    async def act(form: TokenForm, scope: Scope, receive: Receive) -> IntrospectionAnswer:
        await check.allowed(form.credentials(scope["headers"]), Permission.INTROSPECT)
        token = await introspect(form.token)
        return INACTIVE if token is None else _answer(token, issuer, check.built_in)

    @LeanRoute(
        PATH,
        FormBody(TokenForm),
        bounds,
        act,
        operation_id="introspectToken",
        security=SECURITY,
        opt={PERMISSION: Permission.INTROSPECT},
        **oauth_operation(Success("Whether the token is active.", AN_ANSWER), ERRORS),
    )
    async def introspect_token(
        data: Annotated[TokenForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
    ) -> IntrospectionAnswer:
        """Tell whether a refresh token or a JWT is active."""
        raise NotImplementedError  # LeanRoute answers; this function documents

    return introspect_token


def _answer(token: ActiveToken, issuer: str, built_in: str) -> IntrospectionAnswer:
    audience = list(token.audience)
    return IntrospectionAnswer(
        active=True,
        token_type=UNSET if token.jwt_id is None else token_type(token.proof_key),
        cnf=UNSET if token.proof_key is None else Confirmation(token.proof_key),
        iss=issuer,
        sub=token.subject,
        aud=audience[0] if len(audience) == 1 else audience,
        client_id=token.client_id or built_in,
        scope=" ".join(token.scope) or UNSET,
        iat=int(token.issued_at.timestamp()),
        exp=int(token.expires_at.timestamp()),
        jti=token.jwt_id or UNSET,
        sid=str(token.session_id),
    )
