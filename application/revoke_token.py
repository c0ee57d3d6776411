"""Revoke a token of either kind: its session ends (RFC 7009)."""

from dataclasses import dataclass

from application.revoke import Revoke
from application.steps.client_check import ClientCheck
from application.steps.session_end import end_presented
from domain.clients import ClientAuthentication
from domain.errors import InvalidAccessToken
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.sessions import Sessions
from domain.ports.tokens import AccessTokenVerifier


@dataclass(frozen=True, slots=True)
class RevokeToken:
    """End the session of a refresh token or a JWT; an invalid token is ignored (section 2.2)."""

    revoke: Revoke
    access_tokens: AccessTokenVerifier
    sessions: Sessions
    client_check: ClientCheck
    clock: Clock
    audit: AuditTrail

    async def __call__(self, presented: str, credentials: ClientAuthentication | None) -> None:
        """End the session.

        Raises:
            InvalidClient: the credentials are missing or wrong; ForeignToken if the session is
                another client's.
        """
        try:
            token = await self.access_tokens.verify(presented, any_audience=True)
        except InvalidAccessToken:
            await self.revoke(presented, credentials)
            return
        client = await self.client_check.presenting(credentials)
        found, now = await self.sessions.find(token.session_id), self.clock()
        if found is not None:
            await end_presented(self.sessions, self.audit, found, client, at=now)
