"""Change one's own password."""

from dataclasses import dataclass
from datetime import datetime

from application.steps.change_user import change_user
from application.steps.identify_caller import IdentifyCaller
from application.steps.login_guard import LoginGuard
from domain.actors import OWNER
from domain.errors import InvalidAccessToken, TooManyLogins, WrongPassword
from domain.events import LoginFailure, PasswordChanged, PasswordChangeFailed
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.passwords import Passwords
from domain.ports.users import Users
from domain.users import User, new_password


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """Change the password of whoever bears the JWT and knows the old one (checklist L10).

    Every other session ends. The old password is guarded like a log-in, since a stolen JWT must
    not be a way to guess it.
    """

    identify_caller: IdentifyCaller
    login_guard: LoginGuard
    passwords: Passwords
    users: Users
    clock: Clock
    audit: AuditTrail

    async def __call__(self, bearer: str, old: str, new: str, address: str) -> None:
        """One UPDATE, however many sessions there are; the session that asks lives on.

        Raises:
            InvalidAccessToken: see IdentifyCaller; or somebody else changed the credentials
                meanwhile, so the session that asks is over.
            InvalidPassword: no account may have the new one.
            WrongPassword: the old one is wrong, or was tried too often.
            TooManyLogins: too many failures from this address.
        """
        caller, now = await self.identify_caller(bearer), self.clock()
        new = new_password(new)
        await self._prove(caller.user, old, address, now)
        password_hash = await self.passwords.hash(new)

        def changed(user: User) -> User:
            if user.credentials_epoch != caller.user.credentials_epoch:
                raise InvalidAccessToken
            return user.with_password(password_hash)

        await change_user(self.users, caller.user.name, changed, keeping=caller.session.id)
        self.audit(
            PasswordChanged(at=now, subject=caller.user.id, session=caller.session.id, actor=OWNER)
        )

    async def _prove(self, user: User, password: str, address: str, now: datetime) -> None:
        try:
            _, failure = await self.login_guard(user.name, password, address, now)
        except TooManyLogins:
            self._failed(LoginFailure.THROTTLED, user, now)
            raise
        if failure:
            self._failed(failure, user, now)
            raise WrongPassword

    def _failed(self, cause: LoginFailure, user: User, now: datetime) -> None:
        self.audit(PasswordChangeFailed(at=now, subject=user.id, cause=cause))
