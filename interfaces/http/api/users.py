"""The users of a back end over HTTP: added, changed, listed, deleted."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, delete, get, patch, put, route
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import UNSET, Meta, Struct, UnsetType

from application.delete_user import DeleteUser
from application.find_users import FindUsers
from application.set_user import ChosenPassword, SetUser
from application.steps.user_lookup import Subject
from domain import claims
from domain.actors import Actor
from domain.bounds import LONGEST_PASSWORD, SHORTEST_PASSWORD
from domain.causes import ClaimsFault
from domain.clients import Permission
from domain.errors import (
    InvalidClaims,
    InvalidPassword,
    InvalidPasswordHash,
    InvalidRoles,
    InvalidSubject,
    InvalidUsername,
    UsernameTaken,
    UserNotFound,
)
from domain.users import Profile, User
from interfaces.http.api.back_end import (
    LARGEST_PAGE,
    NOT_ADMITTED,
    PAGE_FAULT,
    USERS_PATH,
    needs,
)
from interfaces.http.wire.allowed_methods import allowed_methods
from interfaces.http.wire.client_credentials import SECURITY
from interfaces.http.wire.confidential import Confidential
from interfaces.http.wire.json_body import CredentialsJson
from interfaces.http.wire.merge_patch import merged
from interfaces.http.wire.openapi import BUSY, Success, bad_body, documented
from interfaces.http.wire.request_errors import Fault, InvalidRequest

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


A_USER = UserAnswer(
    subject="4711",
    name=None,
    roles=["customer"],
    claims=msgspec.Raw(b'{"plan":"pro"}'),
    disabled=False,
    created_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
    has_password=False,
)
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

    @route("/{subject:str}", http_method="OPTIONS", include_in_schema=False, sync_to_thread=False)
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
