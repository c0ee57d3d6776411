"""The sessions and the password of the user who is signed in, over HTTP."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, post, route
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta, Struct

from application.change_password import ChangePassword
from application.end_own_session import EndOwnSession
from application.list_own_sessions import ListOwnSessions, OwnSession
from application.log_out_everywhere import LogOutEverywhere
from domain.bounds import LONGEST_PASSWORD, SHORTEST_PASSWORD
from domain.errors import InvalidPassword, NotAllowed, SessionNotFound, TooManyLogins, WrongPassword
from domain.page import Page
from domain.sessions import Renewal
from interfaces.http.api.authentication import origin
from interfaces.http.wire.allowed_methods import allowed_methods
from interfaces.http.wire.bearer import SECURITY, presented_jwt
from interfaces.http.wire.confidential import ANYTHING_BUT_NUL, Confidential
from interfaces.http.wire.json_body import StrictJson
from interfaces.http.wire.one_spelling import canonical_session_id
from interfaces.http.wire.openapi import (
    BUSY,
    CRASH,
    NO_PROOF,
    NOT_SIGNED_IN,
    Success,
    bad_body,
    documented,
)
from interfaces.http.wire.request_errors import Fault, InvalidRequest

PATH = "/api/v1"
LARGEST_PAGE = 100


class SessionAnswer(Struct, frozen=True, rename="camel"):
    """One of the user's live sessions."""

    id: Annotated[UUID, Meta(description="Names the session; `sid` in its JWTs.")]
    current: Annotated[bool, Meta(description="Whether it is the one that asks.")]
    device: Annotated[str, Meta(description="The User-Agent that logged in.")]
    address: Annotated[str, Meta(description="The network address that logged in.")]
    client: Annotated[str | None, Meta(description="Its client; null for the built-in one.")]
    actor: Annotated[
        str | None, Meta(description="The subject of the person who acts for the user, if any.")
    ]
    bound: Annotated[
        bool, Meta(description="Whether its tokens need a proof of possession (DPoP).")
    ]
    renewal: Annotated[Renewal, Meta(description="How its refresh token is renewed.")]
    opened_at: Annotated[datetime, Meta(description="When it was logged in.")]
    last_used_at: Annotated[
        datetime, Meta(description="When it was last refreshed; of reusable ones to the hour.")
    ]
    expires_at: Annotated[datetime, Meta(description="When it expires, even if it is in use.")]


class SessionsAnswer(Struct, frozen=True, rename="camel"):
    """A page of the user's live sessions, oldest first."""

    sessions: Sequence[SessionAnswer]
    next: Annotated[
        UUID | None, Meta(description="`after` of the next page; null on the last one.")
    ]


class Keep(StrEnum):
    """Which session a log-out everywhere leaves alone."""

    CURRENT = "current"
    NONE = "none"


class PasswordRequest(Confidential, frozen=True, rename="camel"):
    """The password as it is, and as it is to be."""

    old_password: Annotated[
        str,
        Meta(
            description="The password so far.",
            examples=["correct horse battery staple"],
            pattern=ANYTHING_BUT_NUL,
        ),
    ]
    new_password: Annotated[
        str,
        Meta(
            description=f"The password from now on, {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} "
            "characters.",
            examples=["a newer horse, a longer battery"],
            pattern=ANYTHING_BUT_NUL,
        ),
    ]


AN_ID = UUID("019b5d2c-6a3e-7c31-9d52-7f1f0c6d2a11")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
A_PAGE = SessionsAnswer(
    [
        SessionAnswer(
            id=AN_ID,
            current=True,
            device="Mozilla/5.0 (X11; Linux x86_64)",
            address="192.0.2.7",
            client=None,
            actor=None,
            bound=False,
            renewal=Renewal.ROTATING,
            opened_at=NOON,
            last_used_at=NOON + timedelta(hours=3),
            expires_at=NOON + timedelta(days=90),
        )
    ],
    next=None,
)
LIST_ERRORS = (InvalidRequest("size", Fault.OUT_OF_RANGE), NO_PROOF, NOT_SIGNED_IN, CRASH, BUSY)
LOG_OUT_ERRORS = (InvalidRequest("keep", Fault.UNKNOWN_VALUE), NO_PROOF, NOT_SIGNED_IN, CRASH, BUSY)
END_ERRORS = (NO_PROOF, NOT_SIGNED_IN, SessionNotFound(), CRASH, BUSY)
PASSWORD_ERRORS = (
    *bad_body("newPassword"),
    InvalidPassword(),
    NotAllowed("ownSession"),
    NOT_SIGNED_IN,
    WrongPassword(),
    TooManyLogins(timedelta(minutes=15)),
    BUSY,
)


class AccountController(Controller):
    """`/api/v1/sessions` and `/api/v1/password`; the request bears a JWT."""

    path = PATH
    tags = ("account",)
    security = SECURITY

    @get(
        "/sessions",
        operation_id="listSessions",
        responses=documented(
            Success("The user's live sessions.", A_PAGE),
            errors=LIST_ERRORS,
        ),
    )
    async def list_sessions(
        self,
        request: Request[Any, Any, Any],
        list_own_sessions: NamedDependency[ListOwnSessions],
        after: FromQuery[UUID | None] = None,
        size: Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE)] = 50,
    ) -> SessionsAnswer:
        """List where the user is signed in."""
        jwt = presented_jwt(request)
        return _page(await list_own_sessions(jwt.text, after, size, proof=jwt.proof))

    @delete(
        "/sessions",
        operation_id="logOutEverywhere",
        responses=documented(
            Success("The sessions have ended.", status=204),
            errors=LOG_OUT_ERRORS,
        ),
    )
    async def end_sessions(
        self,
        request: Request[Any, Any, Any],
        log_out_everywhere: NamedDependency[LogOutEverywhere],
        keep: FromQuery[Keep] = Keep.NONE,
    ) -> None:
        """End all of the user's sessions, or all but the one that asks."""
        jwt = presented_jwt(request)
        await log_out_everywhere(jwt.text, keep_this=keep is Keep.CURRENT, proof=jwt.proof)

    @route("/sessions", http_method="OPTIONS", include_in_schema=False, sync_to_thread=False)
    def allowed(self, request: Request[Any, Any, Any]) -> Response[None]:
        """The methods of the path."""
        # Litestar registers handlers in the order of their names, and answers OPTIONS by itself
        # unless the first handler of a path is one for OPTIONS.
        return allowed_methods(request)

    @delete(
        "/sessions/{session_id:uuid}",
        guards=[canonical_session_id],
        operation_id="endSession",
        responses=documented(
            Success("The session has ended.", status=204),
            errors=END_ERRORS,
        ),
    )
    async def end_session(
        self,
        request: Request[Any, Any, Any],
        session_id: FromPath[UUID],
        end_own_session: NamedDependency[EndOwnSession],
    ) -> None:
        """End one of the user's sessions."""
        jwt = presented_jwt(request)
        await end_own_session(jwt.text, session_id, proof=jwt.proof)

    @post(
        "/password",
        operation_id="changePassword",
        status_code=204,
        dto=StrictJson[PasswordRequest],
        return_dto=None,
        responses=documented(
            Success("The password is changed; every other session has ended.", status=204),
            errors=PASSWORD_ERRORS,
        ),
    )
    async def change_password(
        self,
        data: JSONBody[PasswordRequest],
        request: Request[Any, Any, Any],
        change_password: NamedDependency[ChangePassword],
    ) -> None:
        """Change the user's password and end every other session."""
        address = origin().address
        jwt = presented_jwt(request)
        await change_password(
            jwt.text, data.old_password, data.new_password, address, proof=jwt.proof
        )


def _page(page: Page[OwnSession]) -> SessionsAnswer:
    sessions = [
        SessionAnswer(
            id=own.session.id,
            current=own.is_current,
            device=own.session.origin.device,
            address=own.session.origin.address,
            client=own.session.client_id,
            actor=own.session.grant.actor if own.session.grant else None,
            bound=own.session.proof_key is not None,
            renewal=own.session.renewal,
            opened_at=own.session.opened_at,
            last_used_at=own.session.last_used_at,
            expires_at=own.session.expires_at,
        )
        for own in page.items
    ]
    return SessionsAnswer(sessions, next=sessions[-1].id if page.has_more else None)
