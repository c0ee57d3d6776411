"""Log in: a username and a password open a session."""

from dataclasses import dataclass
from datetime import datetime

from application.login_guard import LoginGuard
from application.opening import OpenedSession, SessionOpener
from application.password_check import PasswordCheck
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
    check_password: PasswordCheck
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
        await self.login_guard.forgive(name, origin.address)
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
            admitted = await self.login_guard.admits(name, origin.address, now)
        except TooManyLogins:
            self._failed(LoginFailure.THROTTLED, None, now)
            raise
        user, failure = await self.check_password(name, password)
        if user is None or failure or not admitted:
            self._failed(failure if admitted and failure else LoginFailure.THROTTLED, user, now)
            raise InvalidCredentials
        return user

    def _failed(self, cause: LoginFailure, user: User | None, now: datetime) -> None:
        self.audit(LoginFailed(at=now, subject=user.id if user else None, cause=cause))
