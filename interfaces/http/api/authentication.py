"""Logging in and logging out over HTTP."""

from datetime import timedelta
from typing import Annotated, Any

from litestar import Controller, Request, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import UNSET, Meta

from application.authenticate import Authenticate
from application.revoke import Revoke
from application.steps.session_terms import Asked
from domain.errors import (
    InvalidClient,
    InvalidCredentials,
    OutsideTerms,
    TooManyLogins,
    TooManySessions,
)
from domain.sessions import Origin
from interfaces.http.wire import session_options
from interfaces.http.wire.client_credentials import OPTIONAL_SECURITY, client_credentials
from interfaces.http.wire.confidential import ANYTHING_BUT_NUL, Confidential, PresentedToken
from interfaces.http.wire.exchange import CURRENT
from interfaces.http.wire.expiry import ExpiresIn, SessionExpiresIn, seconds
from interfaces.http.wire.json_body import CredentialsJson, ProvableJson
from interfaces.http.wire.openapi import (
    A_JWT,
    A_REFRESH_TOKEN,
    BUSY,
    Success,
    bad_body,
    documented,
    with_proofs,
)
from interfaces.http.wire.proof import presented_proof
from interfaces.http.wire.session_options import (
    ChosenAudience,
    ChosenLifetime,
    ChosenRenewal,
    ChosenScope,
)

PATH = "/api/v1/authenticate"


class LoginRequest(Confidential, frozen=True, rename="camel"):
    """The user's credentials, and how the new session renews its refresh token."""

    username: Annotated[
        str, Meta(description="The user's name.", examples=["alice"], pattern=ANYTHING_BUT_NUL)
    ]
    password: Annotated[
        str,
        Meta(
            description="The user's password.",
            examples=["correct horse battery staple"],
            pattern=ANYTHING_BUT_NUL,
        ),
    ]
    renewal: ChosenRenewal = None
    client: Annotated[
        str | None,
        Meta(
            description="The client that the user logs in with. A confidential client proves "
            "itself with its credentials; left out, the session belongs to the built-in client.",
            examples=["mobile-app"],
        ),
    ] = None
    audience: ChosenAudience = None
    scope: ChosenScope | None = None
    lifetime: ChosenLifetime | None = None


class LoginAnswer(Confidential, frozen=True, rename="camel"):
    """The tokens of a new session."""

    jwt_token: Annotated[str, Meta(description="The JWT, for resource servers.")]
    refresh_token: Annotated[str, Meta(description="The credential for later JWTs: keep it safe.")]
    expires_in: ExpiresIn = UNSET
    session_expires_in: SessionExpiresIn = UNSET


class RevokeRequest(Confidential, frozen=True, rename="camel"):
    """Any refresh token of the session to end."""

    refresh_token: PresentedToken


LOGIN_ERRORS = (
    *with_proofs(bad_body("password")),
    OutsideTerms("audience"),
    InvalidCredentials(),
    InvalidClient(),
    TooManySessions(),
    TooManyLogins(timedelta(minutes=15)),
    BUSY,
)
REVOKE_ERRORS = (*bad_body("refreshToken"), InvalidClient(), BUSY)


class AuthenticationController(Controller):
    """`/api/v1/authenticate` and `/api/v1/authenticate/revoke`."""

    path = PATH
    tags = ("sessions",)
    security = OPTIONAL_SECURITY

    @post(
        operation_id="authenticate",
        status_code=200,
        dto=ProvableJson[LoginRequest],
        return_dto=None,
        responses=documented(
            Success("A session was opened.", LoginAnswer(A_JWT, A_REFRESH_TOKEN)),
            errors=LOGIN_ERRORS,
        ),
    )
    async def log_in(
        self,
        data: JSONBody[LoginRequest],
        request: Request[Any, Any, Any],
        authenticate: NamedDependency[Authenticate],
        tells_expiry: NamedDependency[bool],
    ) -> LoginAnswer:
        """Open a session with a username and a password."""
        opened = await authenticate(
            data.username,
            data.password,
            origin(),
            Asked(
                renewal=data.renewal,
                audience=session_options.audience(data.audience),
                scope=session_options.scope(data.scope),
                lifetime=session_options.lifetime(data.lifetime),
            ),
            client_id=data.client,
            credentials=client_credentials(request.scope["headers"]),
            proof=presented_proof(request.scope["headers"], "POST", PATH),
        )
        session = opened.session
        return LoginAnswer(
            opened.jwt,
            opened.refresh_token,
            seconds(opened.expires_in, told=tells_expiry),
            seconds(session.expires_at - session.opened_at, told=tells_expiry),
        )

    @post(
        "/revoke",
        operation_id="revokeRefreshToken",
        status_code=204,
        dto=CredentialsJson[RevokeRequest],
        return_dto=None,
        responses=documented(
            Success("The session has ended, or there was none.", status=204),
            errors=REVOKE_ERRORS,
        ),
    )
    async def revoke_token(
        self,
        data: JSONBody[RevokeRequest],
        request: Request[Any, Any, Any],
        revoke: NamedDependency[Revoke],
    ) -> None:
        """End the session of a refresh token; an unknown token is answered alike."""
        await revoke(data.refresh_token, client_credentials(request.scope["headers"]))


def origin() -> Origin:
    """The device and the address of the request being answered, for its user to recognise later."""
    exchange = CURRENT.get()
    return Origin(exchange.user_agent(), exchange.client_address)
