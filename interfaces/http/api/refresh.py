"""Refreshing over HTTP: exchanges a refresh token for a JWT."""

from datetime import timedelta
from functools import partial
from typing import Annotated

from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody
from litestar.types import Receive, Scope
from msgspec import UNSET, Meta, UnsetType, structs

from application.refresh import Refresh, Refreshed
from domain.causes import RefusalCause
from domain.decision_table import Rule
from domain.errors import InvalidClient, InvalidRefreshToken, UserNotFound
from interfaces.causes import CAUSES
from interfaces.http.wire.client_credentials import OPTIONAL_SECURITY, client_credentials
from interfaces.http.wire.confidential import Confidential, PresentedToken
from interfaces.http.wire.exchange import COUNTS_REFRESHES, note_cause
from interfaces.http.wire.expiry import ExpiresIn, SessionExpiresIn
from interfaces.http.wire.json_body import ProvableJson
from interfaces.http.wire.lean_route import LeanRoute
from interfaces.http.wire.openapi import A_JWT, BUSY, Success, bad_body, documented, with_proofs
from interfaces.http.wire.proof import presented_proof
from interfaces.http.wire.request_body import BodyBounds
from interfaces.http.wire.still_connected import still_connected

PATH = "/api/v1/authenticate/refresh"
CONTINUED = {rule: rule.value for rule in Rule}


class RefreshRequest(Confidential, frozen=True, rename="camel"):
    """The refresh token of the session to continue."""

    refresh_token: PresentedToken


class RefreshAnswer(Confidential, frozen=True, rename="camel"):
    """A new JWT, and of a rotating session the refresh token to use from now on."""

    jwt_token: Annotated[str, Meta(description="The JWT, for resource servers.")]
    refresh_token: Annotated[
        str | UnsetType,
        Meta(
            description="Only for rotating sessions: replaces the one that was presented. "
            "Store it before using the JWT."
        ),
    ] = UNSET
    expires_in: ExpiresIn = UNSET
    session_expires_in: SessionExpiresIn = UNSET


def with_expiry(answer: RefreshAnswer, refreshed: Refreshed) -> RefreshAnswer:
    """The same answer, which tells when the JWT and the session expire."""
    return structs.replace(
        answer,
        expires_in=int(refreshed.expires_in.total_seconds()),
        session_expires_in=int(refreshed.session_expires_in.total_seconds()),
    )


REFUSED = [
    InvalidRefreshToken(cause)
    for cause in (RefusalCause.UNRECOGNIZED, *CAUSES)
    # The others are answered with other errors.
    if cause not in (RefusalCause.USER_GONE, RefusalCause.INVALID_CLIENT)
]
RefreshJson = ProvableJson[RefreshRequest]
ERRORS = (
    *with_proofs(bad_body("refreshToken")),
    *REFUSED,
    InvalidClient(),
    UserNotFound(),
    BUSY,
)


def refresh_route(
    refresh: Refresh, bounds: BodyBounds, patience: timedelta, *, tells_expiry: bool
) -> HTTPRouteHandler:
    """The route of the operation that serves nearly all requests, answered lean."""

    async def act(body: RefreshRequest, scope: Scope, receive: Receive) -> RefreshAnswer:
        refreshed = await refresh(
            body.refresh_token,
            partial(still_connected, receive, patience),
            client_credentials(scope["headers"]),
            proof=presented_proof(scope["headers"], "POST", PATH),
        )
        note_cause(CONTINUED[refreshed.rule])
        answer = RefreshAnswer(refreshed.jwt, refreshed.refresh_token or UNSET)
        return with_expiry(answer, refreshed) if tells_expiry else answer

    @LeanRoute(
        PATH,
        RefreshJson.decoder(),
        bounds,
        act,
        operation_id="refreshAuthToken",
        tags=["sessions"],
        security=OPTIONAL_SECURITY,
        opt={COUNTS_REFRESHES: True},
        dto=RefreshJson,
        return_dto=None,
        responses=documented(Success("JWT token refreshed.", RefreshAnswer(A_JWT)), errors=ERRORS),
    )
    async def refresh_token(data: JSONBody[RefreshRequest]) -> RefreshAnswer:
        """Exchange a refresh token for a JWT."""
        raise NotImplementedError  # LeanRoute answers; this function documents

    return refresh_token
