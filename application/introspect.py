"""Introspect: whether a token of either kind is active at this moment (RFC 7662)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.explain_refresh_token import ExplainRefreshToken
from domain.access_tokens import AccessToken
from domain.decision_table import Advance, Continue, RenewalPolicy
from domain.errors import InvalidAccessToken, InvalidRefreshToken
from domain.grants import EMPTY
from domain.ports.environment import Clock
from domain.ports.sessions import Sessions
from domain.ports.tokens import AccessTokenVerifier
from domain.revocations import valid_from
from domain.sessions import OwnedSession


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveToken:
    """A token that is active, as far as Remint tells.

    `jwt_id` is the `jti` of a JWT, None for a refresh token. `client_id` is None for the built-in
    client. `proof_key` is the thumbprint of the key that the token is bound to, None for none.
    """

    jwt_id: str | None
    session_id: UUID
    subject: str
    client_id: str | None
    audience: tuple[str, ...]
    scope: tuple[str, ...]
    proof_key: str | None
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Introspect:
    """Ask the session of a token, so that a token is inactive the moment its session is over.

    `audience` is that of the settings.
    """

    access_tokens: AccessTokenVerifier
    sessions: Sessions
    explain_refresh_token: ExplainRefreshToken
    renewal_policy: RenewalPolicy
    audience: str
    clock: Clock

    async def __call__(self, presented: str) -> ActiveToken | None:
        """What the token is good for; None for every token that is not active. Changes nothing."""
        try:
            token = await self.access_tokens.verify(presented, any_audience=True)
        except InvalidAccessToken:
            return await self._refresh_token(presented)
        return await self._jwt(token)

    async def _jwt(self, token: AccessToken) -> ActiveToken | None:
        found, now = await self.sessions.find(token.session_id), self.clock()
        if found is None or not found.is_live_at(now, self.renewal_policy.idle):
            return None
        if now >= token.expires_at or not _is_current(token, found):
            return None
        grant = token.grant or EMPTY
        return ActiveToken(
            jwt_id=token.id,
            session_id=token.session_id,
            subject=token.subject,
            client_id=token.client_id,
            audience=grant.audience or (self.audience,),
            scope=grant.scope,
            proof_key=grant.proof_key,
            issued_at=token.issued_at,
            expires_at=token.expires_at,
        )

    async def _refresh_token(self, presented: str) -> ActiveToken | None:
        try:
            explained = await self.explain_refresh_token(presented)
        except InvalidRefreshToken:
            return None
        if not isinstance(explained.decision, Continue | Advance):
            return None
        session, owner = explained.decision.session, explained.decision.owner
        grant = session.grant or EMPTY
        return ActiveToken(
            jwt_id=None,
            session_id=session.id,
            subject=owner.subject,
            client_id=session.client_id,
            audience=grant.audience or (self.audience,),
            scope=grant.scope,
            proof_key=grant.proof_key,
            issued_at=session.opened_at,
            expires_at=session.expires_at,
        )


def _is_current(token: AccessToken, found: OwnedSession) -> bool:
    """Whether no service that follows the revocations refuses the JWT."""
    owner = found.owner
    if owner is None or owner.subject != token.subject:
        return False
    return owner.revoked_at is None or token.issued_at >= valid_from(owner.revoked_at)
