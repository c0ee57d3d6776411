"""Revoke: a refresh token ends its session (log out)."""

from dataclasses import dataclass

from application.steps.session_end import end_session
from domain.actors import PRESENTER
from domain.errors import InvalidRefreshToken
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.sessions import Sessions
from domain.ports.tokens import RefreshTokenCodec


@dataclass(frozen=True, slots=True)
class Revoke:
    """End the session of a refresh token; an invalid token is ignored (RFC 7009 section 2.2)."""

    sessions: Sessions
    refresh_tokens: RefreshTokenCodec
    clock: Clock
    audit: AuditTrail

    async def __call__(self, presented: str) -> None:
        """End the session. A token of any generation of the session will do."""
        try:
            token = self.refresh_tokens.read(presented)
        except InvalidRefreshToken:
            return
        found, now = await self.sessions.find(token.session_id), self.clock()
        if found is not None and found.session.is_proved_by(token):
            await end_session(self.sessions, self.audit, found.session, by=PRESENTER, at=now)
