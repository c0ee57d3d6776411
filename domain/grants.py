"""Owns what the JWTs of a session carry beyond the user."""

from dataclasses import dataclass
from datetime import datetime

from domain import claims


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
