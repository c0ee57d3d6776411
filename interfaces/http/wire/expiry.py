"""Owns the members that tell when a JWT and its session expire, where the settings ask for them."""

from datetime import timedelta
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

ExpiresIn = Annotated[
    int | UnsetType,
    Meta(description="Seconds until the JWT expires; only if `tokens.tell_expiry` is true."),
]
SessionExpiresIn = Annotated[
    int | UnsetType,
    Meta(description="Seconds until the session expires; only if `tokens.tell_expiry` is true."),
]


def seconds(duration: timedelta, *, told: bool) -> int | UnsetType:
    """Whole seconds, or no member."""
    return int(duration.total_seconds()) if told else UNSET
