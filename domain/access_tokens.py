"""Owns the claims of a JWT, before and after it is signed (RFC 9068)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.claims import NONE
from domain.grants import Grant
from domain.revocations import valid_from
from domain.sessions import Owner, Session


@dataclass(frozen=True, slots=True)
class AccessToken:
    """The claims that vary from token to token; issuer and audience belong to the signer.

    Attributes:
        id: `jti`, unique across all instances.
        subject: `sub`, the user's subject.
        session_id: `sid`.
        roles: `roles`.
        authenticated_at: `auth_time`, when the session was opened, or its grant says.
        issued_at: `iat`, never earlier than a revocation of the user's JWTs allows.
        expires_at: `exp`, never later than the session's own expiry.
        client_id: `client_id`; None for the built-in client.
        grant: what the session's JWTs carry beyond the user, None for nothing.
        claims: the user's custom claims, which those of the grant overlay.
    """

    id: str
    subject: str
    session_id: UUID
    roles: tuple[str, ...]
    authenticated_at: datetime
    issued_at: datetime
    expires_at: datetime
    client_id: str | None = None
    grant: Grant | None = None
    claims: str = NONE

    @classmethod
    def of(
        cls,
        session: Session,
        grant: Grant | None,
        owner: Owner,
        *,
        unique: str,
        now: datetime,
        lifetime: timedelta,
    ) -> "AccessToken":
        """The claims for `session`'s owner, as of `now`; `unique` becomes the `jti`.

        `grant` is the session's, or less than that.
        """
        issued_at = now if owner.revoked_at is None else max(now, valid_from(owner.revoked_at))
        authenticated_at = session.opened_at
        if grant is not None and grant.authenticated_at is not None:
            authenticated_at = grant.authenticated_at
        return cls(
            id=unique,
            subject=owner.subject,
            session_id=session.id,
            roles=owner.roles,
            authenticated_at=authenticated_at,
            issued_at=issued_at,
            expires_at=min(now + lifetime, session.expires_at),
            client_id=session.client_id,
            grant=grant,
            claims=owner.claims,
        )
