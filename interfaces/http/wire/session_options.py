"""Owns the members of a request body that choose the terms of a new session."""

from datetime import timedelta
from typing import Annotated

from msgspec import Meta

from domain.sessions import Renewal

ChosenRenewal = Annotated[
    Renewal | None,
    Meta(
        description="`reusable`: the refresh token serves for the session's whole life. "
        "`rotating`: every refresh supersedes it. Fixed for the session; left out, the client's "
        "terms decide, or the server's setting."
    ),
]
ChosenAudience = Annotated[
    str | list[str] | None,
    Meta(
        description="`aud` of the session's JWTs, within the client's audiences. Left out, the "
        "first of them."
    ),
]
ChosenScope = Annotated[
    str,
    Meta(
        description="`scope` of the session's JWTs: words within the client's scopes, separated by "
        "blanks.",
        examples=["orders:read orders:write"],
        max_length=1024,
    ),
]
ChosenLifetime = Annotated[
    float,
    Meta(
        description="Absolute lifetime of the session in seconds, at most that of the client's "
        "terms, which is the default.",
        ge=1,
        le=10 * 365 * 24 * 3600,
    ),
]


def audience(chosen: str | list[str] | None) -> tuple[str, ...]:
    """The chosen audiences, each once."""
    several = [chosen] if isinstance(chosen, str) else chosen or []
    return tuple(dict.fromkeys(several))


def scope(chosen: str | None) -> tuple[str, ...]:
    """The chosen words of scope, each once (RFC 6749 section 3.3)."""
    return tuple(dict.fromkeys((chosen or "").split()))


def lifetime(chosen: float | None) -> timedelta | None:
    """The chosen lifetime."""
    return None if chosen is None else timedelta(seconds=chosen)
