"""Explain which rule a refresh token would meet now, for operators."""

from dataclasses import dataclass
from datetime import datetime

from domain.decision_table import Decision, RenewalPolicy, decide
from domain.ports.environment import Clock
from domain.ports.sessions import Sessions
from domain.ports.tokens import RefreshTokenCodec
from domain.sessions import OwnedSession, PresentingClient


@dataclass(frozen=True, slots=True)
class Explanation:
    """The presented generation, the stored session, and the decision about them."""

    generation: int
    found: OwnedSession | None
    decision: Decision
    at: datetime


@dataclass(frozen=True, slots=True)
class ExplainRefreshToken:
    """Apply the decision table and change nothing."""

    sessions: Sessions
    refresh_tokens: RefreshTokenCodec
    renewal_policy: RenewalPolicy
    clock: Clock

    async def __call__(self, presented: str) -> Explanation:
        """The rule that the token would meet if its own client presented it now.

        Raises:
            InvalidRefreshToken: the token is not authentic, so no session is named.
        """
        token = self.refresh_tokens.read(presented)
        found, now = await self.sessions.find(token.session_id), self.clock()
        own = PresentingClient(found.session.client_id, is_proved=True) if found else None
        decision = decide(found, token, now, self.renewal_policy, own)
        return Explanation(token.generation, found, decision, now)
