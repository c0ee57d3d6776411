"""Log in: a username and a password open a session."""

from dataclasses import dataclass
from datetime import datetime

from application.steps.login_guard import LoginGuard
from application.steps.session_opener import OpenedSession, SessionOpener
from domain.errors import InvalidCredentials, TooManyLogins, TooManySessions
from domain.events import LoggedIn, LoginFailed, LoginFailure
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.sessions import Origin, Renewal
from domain.users import User


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Open a session for whoever knows the password.

    Unknown user, wrong password, disabled and throttled account look the same from outside, and
    cost one password verification each (checklist G1, G2).
    """

    login_guard: LoginGuard
    open_session: SessionOpener
    clock: Clock
    audit: AuditTrail

    async def __call__(
        self, name: str, password: str, origin: Origin, renewal: Renewal | None = None
    ) -> OpenedSession:
        """Answer the new session's tokens; `renewal` None means the configured default.

        Raises:
            InvalidCredentials: whatever did not fit.
            TooManyLogins: too many failures from this address.
            TooManySessions: the password fits, and the user is at the limit.
            Unavailable: too many passwords are being verified already.
        """
        now = self.clock()
        user = await self._user_who_knows(name, password, origin, now)
        try:
            opened = await self.open_session(user, origin, renewal, now)
        except TooManySessions:
            self._failed(LoginFailure.TOO_MANY_SESSIONS, user, now)
            raise
        self.audit(LoggedIn(at=now, subject=user.id, session=opened.session.id))
        return opened

    async def _user_who_knows(
        self, name: str, password: str, origin: Origin, now: datetime
    ) -> User:
        try:
            user, failure = await self.login_guard(name, password, origin.address, now)
        except TooManyLogins:
            self._failed(LoginFailure.THROTTLED, None, now)
            raise
        if user is None or failure:
            self._failed(failure or LoginFailure.UNKNOWN_USER, user, now)
            raise InvalidCredentials
        return user

    def _failed(self, cause: LoginFailure, user: User | None, now: datetime) -> None:
        self.audit(LoginFailed(at=now, subject=user.id if user else None, cause=cause))
