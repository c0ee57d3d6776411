"""Owns the bodies on the wire: camelCase JSON in, camelCase JSON out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from domain.sessions import Renewal

ANYTHING_BUT_NUL = r"^[^\u0000]*$"
NOT_BLANK = r"^[^\u0000]*[^\s\u0000][^\u0000]*$"

PresentedToken = Annotated[
    str,
    Meta(
        description="The refresh token, as it was handed out.",
        min_length=1,
        max_length=1024,
        pattern=NOT_BLANK,
    ),
]


class Confidential(Struct, frozen=True):
    """A body that holds a password or a token: its repr shows none of it (checklist S1)."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Nothing, for tools that would show more."""
        return []


class LoginRequest(Confidential, frozen=True, rename="camel"):
    """Who logs in, and how the new session's refresh token is to be renewed."""

    username: Annotated[str, Meta(description="The user's name.", pattern=ANYTHING_BUT_NUL)]
    password: Annotated[str, Meta(description="The user's password.", pattern=ANYTHING_BUT_NUL)]
    renewal: Annotated[
        Renewal | None,
        Meta(
            description="`reusable`: the refresh token serves for the session's whole life. "
            "`rotating`: every refresh supersedes it. Fixed for the session; left out, the "
            "server's setting decides."
        ),
    ] = None


class LoginAnswer(Confidential, frozen=True, rename="camel"):
    """The tokens of a new session."""

    jwt_token: Annotated[str, Meta(description="The JWT, for resource servers.")]
    refresh_token: Annotated[str, Meta(description="What later JWTs are got with: keep it safe.")]


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


class RevokeRequest(Confidential, frozen=True, rename="camel"):
    """Any refresh token of the session to end."""

    refresh_token: PresentedToken


class SessionAnswer(Struct, frozen=True, rename="camel"):
    """One of the user's live sessions."""

    id: Annotated[UUID, Meta(description="Names the session; `sid` in its JWTs.")]
    current: Annotated[bool, Meta(description="Whether it is the one that asks.")]
    device: Annotated[str, Meta(description="The User-Agent that logged in.")]
    address: Annotated[str, Meta(description="The network address that logged in.")]
    renewal: Annotated[Renewal, Meta(description="How its refresh token is renewed.")]
    opened_at: Annotated[datetime, Meta(description="When it was logged in.")]
    last_used_at: Annotated[
        datetime, Meta(description="When it was last refreshed; of reusable ones to the hour.")
    ]
    expires_at: Annotated[datetime, Meta(description="When it ends whatever happens.")]


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

    old_password: Annotated[str, Meta(description="The password so far.", pattern=ANYTHING_BUT_NUL)]
    new_password: Annotated[
        str,
        Meta(
            description="The password from now on, 8 to 1024 characters.",
            pattern=ANYTHING_BUT_NUL,
        ),
    ]


class KeySetAnswer(Struct, frozen=True):
    """The public keys that verify our JWTs."""

    keys: Annotated[
        Sequence[Mapping[str, str]], Meta(description="One JWK a key; `kid` says which to use.")
    ]


class HealthAnswer(Struct, frozen=True, rename="camel"):
    """How the instance is."""

    status: Annotated[str, Meta(description="`alive` or `ready`.")]
