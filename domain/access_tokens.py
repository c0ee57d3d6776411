"""Owns the claims of a JWT, before and after it is signed (RFC 9068)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.sessions import Session


@dataclass(frozen=True, slots=True)
class AccessToken:
    """The claims that vary from token to token; issuer and audience belong to the signer.

    Attributes:
        id: `jti`, unique across all instances.
        subject: `sub`, the user's id.
        session_id: `sid`.
        roles: `roles`.
        authenticated_at: `auth_time`, when the session was opened.
        issued_at: `iat`.
        expires_at: `exp`, never later than the session's own expiry.
    """

    id: str
    subject: UUID
    session_id: UUID
    roles: tuple[str, ...]
    authenticated_at: datetime
    issued_at: datetime
    expires_at: datetime

    @classmethod
    def of(
        cls,
        session: Session,
        roles: tuple[str, ...],
        *,
        unique: str,
        now: datetime,
        lifetime: timedelta,
    ) -> "AccessToken":
        """The claims for `session`'s user, as of `now`; `unique` becomes the `jti`."""
        return cls(
            id=unique,
            subject=session.user_id,
            session_id=session.id,
            roles=roles,
            authenticated_at=session.opened_at,
            issued_at=now,
            expires_at=min(now + lifetime, session.expires_at),
        )
