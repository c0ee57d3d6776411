"""Owns the life of a signing key: published, signing, verifying until its last JWT expires."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key of the key set.

    Attributes:
        id: the `kid`, an RFC 7638 thumbprint.
        sequence: 1 for the first key ever; each later key takes the next number, once.
        algorithm: JWS algorithm name (`ES256`, `EdDSA`, `RS256` or `PS256`).
        encrypted_private_key: the private key, encrypted at rest.
        created_at: when it was published.
        signs_from: when it begins to sign; it signs until a younger key does.
    """

    id: str
    sequence: int
    algorithm: str
    encrypted_private_key: bytes = field(repr=False)
    created_at: datetime
    signs_from: datetime


@dataclass(frozen=True, slots=True)
class KeyPolicy:
    """When keys change.

    Attributes:
        rotate_after: the age at which a signing key gets its successor.
        published_ahead: how long a key is published before it signs: at least as long as verifiers
            cache the key set.
        token_lifetime: how long a key must still verify after it stopped signing.
    """

    rotate_after: timedelta
    published_ahead: timedelta
    token_lifetime: timedelta


def signing_at(keys: Sequence[SigningKey], now: datetime) -> SigningKey | None:
    """The key that signs now: the youngest whose time has come, else the oldest there is.

    Args:
        keys: oldest first.
    """
    for key in reversed(keys):
        if key.signs_from <= now:
            return key
    return keys[0] if keys else None


def outlived_at(keys: Sequence[SigningKey], now: datetime, policy: KeyPolicy) -> list[SigningKey]:
    """The keys that no longer sign and whose last JWT has expired by now."""
    by_age = sorted(keys, key=lambda key: key.sequence)
    return [
        key
        for key, successor in pairwise(by_age)
        if successor.signs_from + policy.token_lifetime < now
    ]


def is_rotation_due(keys: Sequence[SigningKey], now: datetime, policy: KeyPolicy) -> bool:
    """Whether the youngest key is so old that its successor must be published now."""
    youngest = max(keys, key=lambda key: key.sequence, default=None)
    if youngest is None:
        return True
    return now >= youngest.signs_from + policy.rotate_after - policy.published_ahead
