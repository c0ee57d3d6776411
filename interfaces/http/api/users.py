"""The users of a back end over HTTP: added, changed, listed, deleted, and their sessions."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, delete, get, patch, put, route
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import UNSET, Meta, Struct, UnsetType

from application.delete_user import DeleteUser
from application.end_session import EndSession
from application.find_users import FindUsers
from application.list_sessions import ListedSession, ListSessions
from application.log_out_user import LogOutUser
from application.set_user import ChosenPassword, SetUser
from application.steps.user_lookup import Subject
from domain import claims
from domain.actors import Actor
from domain.bounds import LONGEST_PASSWORD, SHORTEST_PASSWORD
from domain.causes import ClaimsFault, RefusalCause
from domain.clients import Permission
from domain.errors import (
    InvalidClaims,
    InvalidClient,
    InvalidPassword,
    InvalidPasswordHash,
    InvalidRoles,
    InvalidSubject,
    InvalidUsername,
    NotAllowed,
    SessionNotFound,
    UsernameTaken,
    UserNotFound,
)
from domain.sessions import Renewal
from domain.users import Profile, User
from interfaces.http.api.back_end import USERS_PATH, needs
from interfaces.http.wire.allowed_methods import allowed_methods
from interfaces.http.wire.client_credentials import SECURITY
from interfaces.http.wire.confidential import Confidential
from interfaces.http.wire.json_body import CredentialsJson
from interfaces.http.wire.merge_patch import merged
from interfaces.http.wire.openapi import BUSY, CRASH, NO_PROOF, Success, bad_body, documented
from interfaces.http.wire.request_errors import Fault, InvalidRequest

LARGEST_PAGE = 100
EMPTY_OBJECT = b"{}"


class UserDocument(Confidential, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What a back end sets of a user."""

    name: Annotated[
        str | UnsetType | None,
        Meta(
            description="The name for log-ins with a password; null for none.", examples=["alice"]
        ),
    ] = UNSET
    password: Annotated[
        str | UnsetType | None,
        Meta(
            description=f"The password, {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters; null "
            "for none. Left out, it stays as it is. Another password ends every session.",
        ),
    ] = UNSET
    password_hash: Annotated[
        str | UnsetType,
        Meta(
            description="In place of the password: its Argon2 hash in PHC string format.",
            examples=["$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g"],
        ),
    ] = UNSET
    roles: Annotated[list[str] | UnsetType | None, Meta(description="`roles` of the JWTs.")] = UNSET
    claims: Annotated[
        msgspec.Raw | UnsetType,
        Meta(description="Custom claims of the JWTs: an object of at most 4 KiB."),
    ] = UNSET
    disabled: Annotated[
        bool | UnsetType | None,
        Meta(description="Whether the user has no sessions. Disabling ends every session."),
    ] = UNSET


class UserAnswer(Struct, frozen=True, rename="camel"):
    """A user."""

    subject: Annotated[str, Meta(description="`sub` of the user's JWTs.")]
    name: Annotated[str | None, Meta(description="The name for log-ins; null for none.")]
    roles: Annotated[Sequence[str], Meta(description="`roles` of the JWTs.")]
    claims: Annotated[msgspec.Raw, Meta(description="Custom claims of the JWTs.")]
    disabled: Annotated[bool, Meta(description="Whether the user has no sessions.")]
    created_at: Annotated[datetime, Meta(description="When the user was added.")]
    has_password: Annotated[bool, Meta(description="Whether a password is stored.")]


class UsersAnswer(Struct, frozen=True, rename="camel"):
    """A page of users, in no order that means anything."""

    users: Sequence[UserAnswer]
    next: Annotated[
        UUID | None, Meta(description="`after` of the next page; null on the last one.")
    ]


class UserSessionAnswer(Struct, frozen=True, rename="camel"):
    """One of a user's sessions."""

    id: Annotated[UUID, Meta(description="Names the session; `sid` in its JWTs.")]
    client: Annotated[str | None, Meta(description="Its client; null for the built-in one.")]
    device: Annotated[str, Meta(description="The User-Agent that logged in.")]
    address: Annotated[str, Meta(description="The network address that logged in.")]
    actor: Annotated[
        str | None, Meta(description="The subject of the person who acts for the user, if any.")
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
A_USER = UserAnswer(
    subject="4711",
    name=None,
    roles=["customer"],
    claims=msgspec.Raw(b'{"plan":"pro"}'),
    disabled=False,
    created_at=NOON,
    has_password=False,
)
A_SESSION = UserSessionAnswer(
    id=UUID("019b5d2c-6a3e-7c31-9d52-7f1f0c6d2a11"),
    client=None,
    device="Mozilla/5.0 (X11; Linux x86_64)",
    address="192.0.2.7",
    actor=None,
    renewal=Renewal.ROTATING,
    opened_at=NOON,
    last_used_at=NOON + timedelta(hours=3),
    expires_at=NOON + timedelta(days=90),
    ended_at=NOON + timedelta(hours=4),
    end_cause=RefusalCause.REVOKED,
)
NOT_ADMITTED = (InvalidClient(), NotAllowed(Permission.MANAGE_USERS), NO_PROOF, CRASH, BUSY)
PAGE_FAULT = InvalidRequest("size", Fault.OUT_OF_RANGE)
SET_ERRORS = (
    *bad_body("roles"),
    InvalidSubject(),
    InvalidUsername(),
    InvalidPassword(),
    InvalidPasswordHash(),
    InvalidRoles(),
    InvalidClaims(ClaimsFault.REGISTERED_NAME),
    UsernameTaken(),
    *NOT_ADMITTED[:2],
    BUSY,
)


class UsersController(Controller):
    """`/api/v1/users`; the request has the credentials of a client."""

    path = USERS_PATH
    tags = ("users",)
    security = SECURITY

    @get(
        operation_id="listUsers",
        **needs(Permission.MANAGE_USERS),
        responses=documented(
            USERS_PATH,
            Success("Users.", UsersAnswer([A_USER], next=None)),
            errors=(PAGE_FAULT, *NOT_ADMITTED),
        ),
    )
    async def list_users(
        self,
        find_users: NamedDependency[FindUsers],
        name: FromQuery[str | None] = None,
        after: FromQuery[UUID | None] = None,
        size: Annotated[int, QueryParameter(ge=1, le=LARGEST_PAGE)] = 50,
    ) -> UsersAnswer:
        """List all users, or the user of a name."""
        page = await find_users(name, after, size)
        following = page.items[-1].id if page.has_more else None
        return UsersAnswer([_user(user) for user in page.items], following)

    @get(
        "/{subject:str}",
        operation_id="getUser",
        **needs(Permission.MANAGE_USERS),
        responses=documented(
            f"{USERS_PATH}/{{subject}}",
            Success("The user.", A_USER),
            errors=(UserNotFound(), *NOT_ADMITTED),
        ),
    )
    async def get_user(
        self,
        find_users: NamedDependency[FindUsers],
        subject: FromPath[str],
    ) -> UserAnswer:
        """Show a user."""
        return _user(await find_users.with_subject(subject))

    @put(
        "/{subject:str}",
        operation_id="putUser",
        **needs(Permission.MANAGE_USERS),
        dto=CredentialsJson[UserDocument],
        return_dto=None,
        responses=documented(
            f"{USERS_PATH}/{{subject}}",
            Success("The user was replaced.", A_USER),
            Success("The user was added.", A_USER, status=201),
            errors=SET_ERRORS,
        ),
    )
    async def put_user(
        self,
        data: JSONBody[UserDocument],
        caller: NamedDependency[Actor],
        set_user: NamedDependency[SetUser],
        subject: FromPath[str],
    ) -> Response[UserAnswer]:
        """Add a user, or replace all of a user but the password."""
        password, change = _password(data), _replacement(data)
        stored = await set_user(Subject(subject), change, by=caller, password=password, adding=True)
        return Response(_user(stored.user), status_code=201 if stored.is_new else 200)

    @patch(
        "/{subject:str}",
        operation_id="patchUser",
        **needs(Permission.MANAGE_USERS),
        dto=CredentialsJson[UserDocument],
        return_dto=None,
        responses=documented(
            f"{USERS_PATH}/{{subject}}",
            Success("The user was changed.", A_USER),
            errors=(*SET_ERRORS, UserNotFound()),
        ),
    )
    async def patch_user(
        self,
        data: JSONBody[UserDocument],
        caller: NamedDependency[Actor],
        set_user: NamedDependency[SetUser],
        subject: FromPath[str],
    ) -> UserAnswer:
        """Change what the body names of a user (JSON Merge Patch, RFC 7396)."""
        password, change = _password(data), _patch(data)
        stored = await set_user(Subject(subject), change, by=caller, password=password)
        return _user(stored.user)

    @delete(
        "/{subject:str}",
        operation_id="deleteUser",
        **needs(Permission.MANAGE_USERS),
        responses=documented(
            f"{USERS_PATH}/{{subject}}",
            Success("The user is deleted, or there was none.", status=204),
            errors=NOT_ADMITTED,
        ),
    )
    async def delete_user(
        self,
        caller: NamedDependency[Actor],
        delete_user: NamedDependency[DeleteUser],
        subject: FromPath[str],
    ) -> None:
        """Delete a user, and with the user every session."""
        with suppress(UserNotFound):
            await delete_user(Subject(subject), by=caller)

    @get(
        "/{subject:str}/sessions",
        operation_id="listUserSessions",
        **needs(Permission.MANAGE_USERS),
        responses=documented(
            f"{USERS_PATH}/{{subject}}/sessions",
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
            f"{USERS_PATH}/{{subject}}/sessions",
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
        **needs(Permission.MANAGE_USERS),
        responses=documented(
            f"{USERS_PATH}/{{subject}}/sessions/{{session_id}}",
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
        ["/{subject:str}", "/{subject:str}/sessions"],
        http_method="OPTIONS",
        include_in_schema=False,
        sync_to_thread=False,
    )
    def allowed(self, request: Request[Any, Any, Any], subject: FromPath[str]) -> Response[None]:
        """The methods of the path; see AccountController."""
        return allowed_methods(request)


def _password(data: UserDocument) -> ChosenPassword | None:
    """The chosen password; None leaves it as it is."""
    if data.password_hash is not UNSET:
        if data.password is not UNSET:
            raise InvalidRequest("passwordHash", Fault.UNKNOWN_VALUE)
        return ChosenPassword(digest=data.password_hash)
    return None if data.password is UNSET else ChosenPassword(text=data.password)


def _replacement(data: UserDocument) -> Callable[[Profile], Profile]:
    """The whole profile."""
    return lambda _: Profile(
        name=data.name or None,
        roles=tuple(data.roles or ()),
        claims=_text(EMPTY_OBJECT if data.claims is UNSET else bytes(data.claims)),
        is_disabled=bool(data.disabled),
    )


def _patch(data: UserDocument) -> Callable[[Profile], Profile]:
    """The profile, with what the patch names."""

    def changed(profile: Profile) -> Profile:
        if data.name is not UNSET:
            profile = replace(profile, name=data.name)
        if data.roles is not UNSET:
            profile = replace(profile, roles=tuple(data.roles or ()))
        if data.disabled is not UNSET:
            profile = replace(profile, is_disabled=bool(data.disabled))
        if data.claims is not UNSET:
            patched = merged(_object(profile.claims), bytes(data.claims))
            profile = replace(profile, claims=_text(patched))
        return profile

    return changed


def _object(custom_claims: str) -> bytes:
    """Custom claims as a JSON object."""
    return custom_claims.encode() or EMPTY_OBJECT


def _text(json: bytes) -> str:
    """The text in which the use cases take custom claims; null means none."""
    return claims.NONE if json.strip() in (b"null", EMPTY_OBJECT) else json.decode()


def _user(user: User) -> UserAnswer:
    return UserAnswer(
        subject=user.subject,
        name=user.name,
        roles=user.roles,
        claims=msgspec.Raw(_object(user.claims)),
        disabled=user.is_disabled,
        created_at=user.created_at,
        has_password=user.password_hash is not None,
    )


def _session(listed: ListedSession) -> UserSessionAnswer:
    session = listed.found.session
    return UserSessionAnswer(
        id=session.id,
        client=session.client_id,
        device=session.origin.device,
        address=session.origin.address,
        actor=session.grant.actor if session.grant else None,
        renewal=session.renewal,
        opened_at=session.opened_at,
        last_used_at=session.last_used_at,
        expires_at=session.expires_at,
        ended_at=listed.over_since,
        end_cause=listed.over,
    )
