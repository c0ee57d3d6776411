"""Log out everywhere, by the user."""

from dataclasses import dataclass

from application.steps.caller_check import CallerCheck
from application.steps.change import ROUNDS
from domain.actors import OWNER
from domain.errors import Unavailable
from domain.events import LoggedOutEverywhere
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.users import Users
from domain.proofs import PresentedProof


@dataclass(frozen=True, slots=True)
class LogOutEverywhere:
    """End all sessions of the JWT's user, or all but the session of the JWT."""

    caller_check: CallerCheck
    users: Users
    clock: Clock
    audit: AuditTrail

    async def __call__(
        self, jwt: str, *, keep_this: bool, proof: PresentedProof | None = None
    ) -> None:
        """End the sessions, in one UPDATE however many there are.

        Args:
            keep_this: whether the session of the JWT stays live.

        Raises:
            InvalidProof, InvalidAccessToken: see CallerCheck.
            Unavailable: other changes of the user were faster every time; nothing was changed.
        """
        token = await self.caller_check.accepted(jwt, proof)
        # Not change_user, because the change that won a race can have ended the caller's session.
        for _ in range(ROUNDS):
            caller = await self.caller_check.caller_of(token)
            kept = caller.session.id if keep_this else None
            ended = caller.user.logged_out_everywhere(self.clock())
            if await self.users.replace(ended, keeping=kept):
                self.audit(LoggedOutEverywhere.by(OWNER, caller.user, at=self.clock(), kept=kept))
                return
        raise Unavailable("contended")
