"""The sessions of a back end's users over HTTP: listed, and ended."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, route
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from msgspec import Meta, Struct

from application.end_session import EndSession
from application.list_sessions import ListedSession, ListSessions
from application.log_out_user import LogOutUser
from application.steps.user_lookup import Subject
from domain.actors import Actor
from domain.causes import RefusalCause
from domain.clients import Permission
from domain.errors import SessionNotFound, UserNotFound
from domain.sessions import Renewal
from interfaces.http.api.back_end import (
    LARGEST_PAGE,
    NOT_ADMITTED,
    PAGE_FAULT,
    USERS_PATH,
    needs,
)
from interfaces.http.wire.allowed_methods import allowed_methods
from interfaces.http.wire.client_credentials import SECURITY
from interfaces.http.wire.one_spelling import canonical_session_id
from interfaces.http.wire.openapi import Success, documented


class UserSessionAnswer(Struct, frozen=True, rename="camel"):
    """One of a user's sessions."""

    id: Annotated[UUID, Meta(description="Names the session; `sid` in its JWTs.")]
    client: Annotated[str | None, Meta(description="Its client; null for the built-in one.")]
    device: Annotated[str, Meta(description="The User-Agent that logged in.")]
    address: Annotated[str, Meta(description="The network address that logged in.")]
    actor: Annotated[
        str | None, Meta(description="The subject of the person who acts for the user, if any.")
    ]
    bound: Annotated[
        bool, Meta(description="Whether its tokens need a proof of possession (DPoP).")
    ]
    renewal: Annotated[Renewal, Meta(description="How its refresh token is renewed.")]
    opened_at: Annotated[datetime, Meta(description="When it was opened.")]
    last_used_at: Annotated[
        datetime, Meta(description="When it was last refreshed; of reusable ones to the hour.")
    ]
    expires_at: Annotated[datetime, Meta(description="When it expires, even if it is in use.")]
    ended_at: Annotated[
        datetime | None,
        Meta(
            description="When the session ended. Null while it is live, and where a change "
            "of the user or the client ended it: the audit trail has the time."
        ),
    ]
    end_cause: Annotated[
        RefusalCause | None, Meta(description="Why the session is over; null while it is live.")
    ]


class UserSessionsAnswer(Struct, frozen=True, rename="camel"):
    """A page of a user's sessions, oldest first."""

    sessions: Sequence[UserSessionAnswer]
    next: Annotated[
        UUID | None, Meta(description="`after` of the next page; null on the last one.")
    ]


NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
A_SESSION = UserSessionAnswer(
    id=UUID("019b5d2c-6a3e-7c31-9d52-7f1f0c6d2a11"),
    client=None,
    device="Mozilla/5.0 (X11; Linux x86_64)",
    address="192.0.2.7",
    actor=None,
    bound=False,
    renewal=Renewal.ROTATING,
    opened_at=NOON,
    last_used_at=NOON + timedelta(hours=3),
    expires_at=NOON + timedelta(days=90),
    ended_at=NOON + timedelta(hours=4),
    end_cause=RefusalCause.REVOKED,
)


class UserSessionsController(Controller):
    """`/api/v1/users/{subject}/sessions`; the request has the credentials of a client."""

    path = USERS_PATH
    tags = ("users",)
    security = SECURITY

    @get(
        "/{subject:str}/sessions",
        operation_id="listUserSessions",
        **needs(Permission.MANAGE_USERS),
        responses=documented(
            Success("The user's sessions.", UserSessionsAnswer([A_SESSION], next=None)),
            errors=(PAGE_FAULT, UserNotFound(), *NOT_ADMITTED),
        ),
    )
    async def list_user_sessions(
        self,
        list_sessions: NamedDependency[ListSessions],
        subject: FromPath[str],
        after: FromQuery[UUID | None] = None,
        size: Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE)] = 50,
        ended: FromQuery[bool] = False,
    ) -> UserSessionsAnswer:
        """List a user's live sessions; with `ended=true` also those that are over, and why."""
        page = await list_sessions(Subject(subject), after, size, ended=ended)
        sessions = [_session(listed) for listed in page.items]
        return UserSessionsAnswer(sessions, sessions[-1].id if page.has_more else None)

    @delete(
        "/{subject:str}/sessions",
        operation_id="logOutUser",
        **needs(Permission.MANAGE_USERS),
        responses=documented(
            Success("The sessions have ended.", status=204),
            errors=(UserNotFound(), *NOT_ADMITTED),
        ),
    )
    async def log_out_user(
        self,
        caller: NamedDependency[Actor],
        log_out_user: NamedDependency[LogOutUser],
        subject: FromPath[str],
    ) -> None:
        """End all of a user's sessions."""
        await log_out_user(Subject(subject), by=caller)

    @delete(
        "/{subject:str}/sessions/{session_id:uuid}",
        operation_id="endUserSession",
        **needs(Permission.MANAGE_USERS, canonical_session_id),
        responses=documented(
            Success("The session has ended.", status=204),
            errors=(SessionNotFound(), *NOT_ADMITTED),
        ),
    )
    async def end_user_session(
        self,
        caller: NamedDependency[Actor],
        end_session: NamedDependency[EndSession],
        subject: FromPath[str],
        session_id: FromPath[UUID],
    ) -> None:
        """End one of a user's sessions."""
        await end_session(session_id, by=caller, of=Subject(subject))

    @route(
        "/{subject:str}/sessions",
        http_method="OPTIONS",
        include_in_schema=False,
        sync_to_thread=False,
    )
    def allowed_for_sessions(
        self, request: Request[Any, Any, Any], subject: FromPath[str]
    ) -> Response[None]:
        """The methods of the path; see AccountController."""
        return allowed_methods(request)


def _session(listed: ListedSession) -> UserSessionAnswer:
    session = listed.found.session
    return UserSessionAnswer(
        id=session.id,
        client=session.client_id,
        device=session.origin.device,
        address=session.origin.address,
        actor=session.grant.actor if session.grant else None,
        bound=session.proof_key is not None,
        renewal=session.renewal,
        opened_at=session.opened_at,
        last_used_at=session.last_used_at,
        expires_at=session.expires_at,
        ended_at=listed.over_since,
        end_cause=listed.over,
    )
