"""Revoke: a refresh token ends its session (log out)."""

from dataclasses import dataclass

from application.steps.client_check import ClientCheck
from application.steps.session_end import end_presented
from domain.clients import ClientAuthentication
from domain.errors import InvalidRefreshToken
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.sessions import Sessions
from domain.ports.tokens import RefreshTokenCodec


@dataclass(frozen=True, slots=True)
class Revoke:
    """End the session of a refresh token; an invalid token is ignored (RFC 7009 section 2.2)."""

    sessions: Sessions
    client_check: ClientCheck
    refresh_tokens: RefreshTokenCodec
    clock: Clock
    audit: AuditTrail

    async def __call__(
        self, presented: str, credentials: ClientAuthentication | None = None
    ) -> None:
        """End the session. A token of any generation of the session will do.

        Raises:
            InvalidClient: the credentials are missing or wrong; ForeignToken if the session is
                another client's.
        """
        client = await self.client_check.presenting(credentials)
        try:
            token = self.refresh_tokens.read(presented)
        except InvalidRefreshToken:
            return
        found, now = await self.sessions.find(token.session_id), self.clock()
        if found is not None and found.session.is_proved_by(token):
            await end_presented(self.sessions, self.audit, found, client, at=now)
