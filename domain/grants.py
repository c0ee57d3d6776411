"""Owns what the JWTs of a session carry beyond the user."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain import claims
from domain.errors import OutsideGrant


@dataclass(frozen=True, slots=True)
class Grant:
    """Fixed when the session is opened. Most sessions have none, and cost nothing for it.

    Attributes:
        audience: `aud`; empty for the audience of the settings.
        scope: the words of `scope` (RFC 8693 section 4.2), in their order.
        claims: the session's custom claims, which overlay the user's; see `domain.claims`.
        actor: the subject of the person who acts for the user, `act` (RFC 8693 section 4.1).
        amr: how the user was authenticated (RFC 8176).
        acr: how well the user was authenticated (OpenID Connect Core 1.0 section 2).
        authenticated_at: `auth_time`; None for when the session was opened.
        proof_key: the thumbprint (RFC 7638) of the key that the session is bound to.
    """

    audience: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    claims: str = claims.NONE
    actor: str | None = None
    amr: tuple[str, ...] = ()
    acr: str | None = None
    authenticated_at: datetime | None = None
    proof_key: str | None = None


EMPTY = Grant()


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What one JWT is to have less than its session (RFC 6749 section 6, RFC 8707 section 2.2).

    Attributes:
        scope: the words of scope; None for those of the session.
        audience: the one audience; None for those of the session.
    """

    scope: tuple[str, ...] | None = None
    audience: str | None = None


def narrowed(grant: Grant | None, to: Narrowing | None, default: str) -> Grant | None:
    """The grant of a JWT that has less than its session.

    Args:
        default: the audience of the sessions whose grant names none.

    Raises:
        OutsideGrant: it would have more.
    """
    if to is None:
        return grant
    grant = grant or EMPTY
    if to.scope is not None:
        if not set(to.scope) <= set(grant.scope):
            raise OutsideGrant("scope")
        grant = replace(grant, scope=to.scope)
    if to.audience is not None:
        if to.audience not in (grant.audience or (default,)):
            raise OutsideGrant("resource")
        grant = replace(grant, audience=(to.audience,))
    return grant


def bound(grant: Grant | None, key: str | None) -> Grant | None:
    """The grant of a JWT that takes a proof of that key; unchanged for no key."""
    if key is None:
        return grant
    return replace(grant or EMPTY, proof_key=key)
