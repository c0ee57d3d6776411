"""Log in: a username and a password open a session."""

from dataclasses import dataclass
from datetime import datetime

from application.steps.login_guard import LoginGuard
from application.steps.password_check import Failed
from application.steps.session_opener import OpenedSession, SessionOpener
from domain.causes import LoginFailure
from domain.errors import InvalidCredentials, TooManySessions
from domain.events import LoggedIn, LoginFailed
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.sessions import Origin, Renewal
from domain.users import User


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Open a session for a user whose password is right.

    Unknown user, wrong password, disabled and throttled account look the same from outside, and
    cost one password verification each.
    """

    login_guard: LoginGuard
    session_opener: SessionOpener
    clock: Clock
    audit: AuditTrail

    async def __call__(
        self, name: str, password: str, origin: Origin, renewal: Renewal | None = None
    ) -> OpenedSession:
        """Open the session; `renewal` None means the default.

        Raises:
            InvalidCredentials: name and password prove nothing.
            TooManyLogins: too many log-ins failed from this address.
            TooManySessions: the password is right, and the user is at the limit.
            Unavailable: too many passwords are being verified already.
        """
        now = self.clock()
        match await self.login_guard(name, password, origin.address, now):
            case Failed(cause, user) as failed:
                self.audit(LoginFailed.of(user, cause, at=now))
                raise failed.error(otherwise=InvalidCredentials())
            case user:
                return await self._open(user, origin, renewal, now)

    async def _open(
        self, user: User, origin: Origin, renewal: Renewal | None, now: datetime
    ) -> OpenedSession:
        try:
            opened = await self.session_opener(user, origin, renewal, now)
        except TooManySessions:
            self.audit(LoginFailed.of(user, LoginFailure.TOO_MANY_SESSIONS, at=now))
            raise
        self.audit(LoggedIn.of(opened.session))
        return opened
