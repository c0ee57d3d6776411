"""Sessions that a back end opens for its users, and refresh tokens that it asks about."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody
from litestar.types import Receive, Scope
from msgspec import Meta, Struct

from application.explain_refresh_token import ExplainRefreshToken, Explanation
from application.open_session import OpenSession
from application.steps.client_check import ClientCheck
from application.steps.session_opener import OpenedSession
from application.steps.session_terms import Asked
from application.steps.user_lookup import Subject
from domain import claims
from domain.causes import ClaimsFault, RefusalCause
from domain.claims import new_claims
from domain.clients import Permission
from domain.decision_table import End, Refuse, Rule
from domain.errors import (
    ClientNotFound,
    InvalidClaims,
    InvalidClient,
    InvalidRefreshToken,
    InvalidSubject,
    NotAllowed,
    OutsideTerms,
    TooManySessions,
    UserDisabled,
    UserNotFound,
)
from domain.network_addresses import network_address
from domain.sessions import Origin
from domain.subjects import new_subject
from interfaces.http.api.back_end import (
    CALLER,
    EXPLAIN_PATH,
    USERS_PATH,
    admitted,
    needs,
)
from interfaces.http.wire import session_options
from interfaces.http.wire.bearer import BEARER, token_type
from interfaces.http.wire.client_credentials import SECURITY
from interfaces.http.wire.confidential import Confidential, PresentedToken
from interfaces.http.wire.exchange import printable
from interfaces.http.wire.json_body import CredentialsJson, JsonBody
from interfaces.http.wire.lean_route import LeanRoute
from interfaces.http.wire.openapi import (
    A_JWT,
    A_REFRESH_TOKEN,
    BUSY,
    OptionalBody,
    Success,
    bad_body,
    documented,
)
from interfaces.http.wire.request_body import BodyBounds
from interfaces.http.wire.request_errors import Fault, InvalidRequest
from interfaces.http.wire.session_options import (
    ChosenAudience,
    ChosenLifetime,
    ChosenRenewal,
    ChosenScope,
)

OPENING_PATH = f"{USERS_PATH}/{{subject:str}}/sessions"
LONGEST_DEVICE = 200
THUMBPRINT = r"^[A-Za-z0-9_-]{43}$"

Method = Annotated[str, Meta(min_length=1, max_length=64)]


class OpeningRequest(Confidential, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What a back end chooses for a new session."""

    client: Annotated[
        str | None,
        Meta(
            description="The client that will hold the refresh token; left out, the built-in one.",
            examples=["mobile-app"],
        ),
    ] = None
    renewal: ChosenRenewal = None
    lifetime: ChosenLifetime | None = None
    audience: ChosenAudience = None
    scope: ChosenScope | None = None
    claims: Annotated[
        msgspec.Raw | msgspec.UnsetType,
        Meta(
            description="Custom claims of the session's JWTs, which overlay those of the user: an "
            "object of at most 4 KiB."
        ),
    ] = msgspec.UNSET
    device: Annotated[
        str,
        Meta(
            description="What tells the user which device it is, such as its User-Agent.",
            max_length=LONGEST_DEVICE,
        ),
    ] = ""
    address: Annotated[str, Meta(description="The user's network address.")] = ""
    auth_time: Annotated[
        Annotated[datetime, Meta(tz=True)] | None,
        Meta(description="`auth_time`: when the user logged in; left out, now."),
    ] = None
    amr: Annotated[
        list[Method], Meta(description="`amr`: how the user logged in (RFC 8176).", max_length=16)
    ] = msgspec.field(default_factory=list)
    acr: Annotated[str, Meta(max_length=255)] | None = None
    actor: Annotated[
        str | None,
        Meta(
            description="`act.sub`: the subject of the person who acts for the user, such as a "
            "member of the support staff. The session is short, and cannot change the password."
        ),
    ] = None
    proof_key: Annotated[
        Annotated[str, Meta(pattern=THUMBPRINT)] | None,
        Meta(
            description="The thumbprint (RFC 7638) of the client's key: every request with the "
            "session's tokens needs a proof of possession by it (RFC 9449)."
        ),
    ] = None
    require_user: Annotated[
        bool, Meta(description="Whether a user that does not exist is 404, in place of added.")
    ] = False


class OpeningAnswer(Confidential, frozen=True, rename="camel"):
    """A new session and its tokens."""

    session_id: Annotated[UUID, Meta(description="Names the session; `sid` in its JWTs.")]
    jwt_token: Annotated[str, Meta(description="The JWT, for resource servers.")]
    refresh_token: Annotated[str, Meta(description="The credential for later JWTs: keep it safe.")]
    token_type: Annotated[str, Meta(description="How the JWT is presented: `Bearer` or `DPoP`.")]
    expires_in: Annotated[int, Meta(description="Seconds until the JWT expires.")]
    session_expires_in: Annotated[int, Meta(description="Seconds until the session expires.")]


class ExplainRequest(Confidential, frozen=True, rename="camel"):
    """A refresh token, of any generation."""

    refresh_token: PresentedToken


class ExplainAnswer(Struct, frozen=True, rename="camel"):
    """Which rule the token would meet, if its own client presented it now."""

    rule: Annotated[Rule, Meta(description="The rule of the decision table.")]
    cause: Annotated[
        RefusalCause | None, Meta(description="Why the token would be refused; null if it is not.")
    ]
    ends_session: Annotated[bool, Meta(description="Whether the rule would end the session.")]
    session: Annotated[UUID | None, Meta(description="The session; null if none is stored.")]
    subject: Annotated[str | None, Meta(description="The subject of the session's owner.")]
    generation: Annotated[int, Meta(description="The generation of the token.")]
    stored_generation: Annotated[
        int | None, Meta(description="The generation of the session's current token.")
    ]


AN_ID = UUID("019b5d2c-6a3e-7c31-9d52-7f1f0c6d2a11")
OPENED = OpeningAnswer(AN_ID, A_JWT, A_REFRESH_TOKEN, BEARER, 600, 7776000)
EXPLAINED = ExplainAnswer(
    Rule.REUSE, RefusalCause.REUSED, True, AN_ID, "4711", generation=3, stored_generation=5
)
OpeningJson = CredentialsJson[OpeningRequest]
OPENING_ERRORS = (
    *bad_body("device"),
    InvalidSubject(),
    OutsideTerms("audience"),
    InvalidClaims(ClaimsFault.REGISTERED_NAME),
    ClientNotFound(),
    InvalidClient(),
    NotAllowed(Permission.OPEN_SESSIONS),
    UserDisabled(),
    UserNotFound(),
    TooManySessions(),
    BUSY,
)
EXPLAIN_ERRORS = (
    *bad_body("refreshToken"),
    InvalidClient(),
    InvalidRefreshToken(RefusalCause.UNRECOGNIZED),
    NotAllowed(Permission.MANAGE_USERS),
    BUSY,
)


def opening_route(
    open_session: OpenSession, client_check: ClientCheck, bounds: BodyBounds
) -> HTTPRouteHandler:
    """The route that opens sessions; the request has the credentials of a client."""

    async def admit(scope: Scope) -> None:
        scope["state"][CALLER] = await admitted(scope, client_check, Permission.OPEN_SESSIONS)

    async def act(body: OpeningRequest, scope: Scope, _: Receive) -> OpeningAnswer:
        opened = await open_session(
            Subject(scope["path_params"]["subject"]),
            Origin(printable(body.device), _address(body.address)),
            _asked(body),
            by=scope["state"][CALLER],
            client_id=body.client,
            adding=not body.require_user,
        )
        return _opened(opened)

    @LeanRoute(
        OPENING_PATH,
        JsonBody(OpeningRequest, OpeningJson.understood, is_optional=True),
        bounds,
        act,
        admit=admit,
        status_code=201,
        operation_id="openSession",
        operation_class=OptionalBody,
        tags=["users"],
        security=SECURITY,
        dto=OpeningJson,
        return_dto=None,
        responses=documented(
            Success("A session was opened.", OPENED, status=201),
            errors=OPENING_ERRORS,
        ),
    )
    async def open_for_user(
        data: JSONBody[OpeningRequest], subject: FromPath[str]
    ) -> OpeningAnswer:
        """Open a session for a user, who is added if there is none."""
        raise NotImplementedError  # LeanRoute answers; this function documents

    return open_for_user


class RefreshTokensController(Controller):
    """`/api/v1/refresh-tokens`; the request has the credentials of a client."""

    path = EXPLAIN_PATH
    tags = ("users",)
    security = SECURITY

    @post(
        operation_id="explainRefreshToken",
        **needs(Permission.MANAGE_USERS),
        status_code=200,
        dto=CredentialsJson[ExplainRequest],
        return_dto=None,
        responses=documented(
            Success("What the token would meet.", EXPLAINED), errors=EXPLAIN_ERRORS
        ),
    )
    async def explain(
        self,
        data: JSONBody[ExplainRequest],
        explain_refresh_token: NamedDependency[ExplainRefreshToken],
    ) -> ExplainAnswer:
        """Explain which rule a refresh token would meet now; nothing is changed."""
        return _explained(await explain_refresh_token(data.refresh_token))


def _opened(opened: OpenedSession) -> OpeningAnswer:
    session = opened.session
    return OpeningAnswer(
        session_id=session.id,
        jwt_token=opened.jwt,
        refresh_token=opened.refresh_token,
        token_type=token_type(session.proof_key),
        expires_in=int(opened.expires_in.total_seconds()),
        session_expires_in=int((session.expires_at - session.opened_at).total_seconds()),
    )


def _asked(data: OpeningRequest) -> Asked:
    return Asked(
        renewal=data.renewal,
        lifetime=session_options.lifetime(data.lifetime),
        audience=session_options.audience(data.audience),
        scope=session_options.scope(data.scope),
        claims=_claims(data.claims),
        actor=None if data.actor is None else _actor(data.actor),
        amr=tuple(data.amr),
        acr=data.acr or None,
        proof_key=data.proof_key,
        authenticated_at=data.auth_time,
    )


def _claims(given: msgspec.Raw | msgspec.UnsetType) -> str:
    return claims.NONE if given is msgspec.UNSET else new_claims(bytes(given).decode())


def _actor(subject: str) -> str:
    try:
        return new_subject(subject)
    except InvalidSubject:
        raise InvalidRequest("actor", Fault.MALFORMED) from None


def _address(text: str) -> str:
    try:
        return str(network_address(text)) if text else ""
    except ValueError:
        raise InvalidRequest("address", Fault.MALFORMED) from None


def _explained(explanation: Explanation) -> ExplainAnswer:
    decision, found = explanation.decision, explanation.found
    return ExplainAnswer(
        rule=decision.rule,
        cause=RefusalCause(decision.cause) if isinstance(decision, Refuse | End) else None,
        ends_session=isinstance(decision, End),
        session=found.session.id if found else None,
        subject=found.subject if found else None,
        generation=explanation.generation,
        stored_generation=found.session.generation if found else None,
    )
