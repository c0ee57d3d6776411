"""Revoke: whoever holds a refresh token may end its session (log out)."""

from dataclasses import dataclass

from domain.actors import PRESENTER
from domain.causes import EndCause
from domain.errors import InvalidRefreshToken
from domain.events import SessionEnded
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.sessions import Sessions
from domain.ports.tokens import RefreshTokenCodec


@dataclass(frozen=True, slots=True)
class Revoke:
    """End the session of a refresh token; a token that means nothing is none of our business."""

    sessions: Sessions
    refresh_tokens: RefreshTokenCodec
    clock: Clock
    audit: AuditTrail

    async def __call__(self, presented: str) -> None:
        """Afterwards the session refreshes no more. Any token of the session will do."""
        try:
            token = self.refresh_tokens.read(presented)
        except InvalidRefreshToken:
            return
        found, now = await self.sessions.find(token.session_id), self.clock()
        if found is None or not found.session.is_proved_by(token):
            return
        if await self.sessions.end(token.session_id, EndCause.REVOKED, now):
            self.audit(
                SessionEnded(
                    at=now,
                    subject=found.session.user_id,
                    session=token.session_id,
                    cause=EndCause.REVOKED,
                    actor=PRESENTER,
                )
            )
