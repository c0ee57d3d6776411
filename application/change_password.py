"""Change one's own password."""

from dataclasses import dataclass

from application.changing_users import change_user
from application.identify_caller import IdentifyCaller
from application.login_guard import LoginGuard
from application.password_check import PasswordCheck
from domain.errors import InvalidCredentials
from domain.events import Actor, LoginFailure, PasswordChanged, PasswordChangeFailed
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.passwords import Passwords
from domain.ports.users import Users
from domain.users import new_password


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """Change the password of whoever bears the JWT and knows the old one (checklist L10).

    Every other session ends. The old password is guarded like a log-in, since a stolen JWT must
    not be a way to guess it.
    """

    identify_caller: IdentifyCaller
    login_guard: LoginGuard
    check_password: PasswordCheck
    passwords: Passwords
    users: Users
    clock: Clock
    audit: AuditTrail

    async def __call__(self, bearer: str, old: str, new: str, address: str) -> None:
        """One UPDATE, however many sessions there are; the session that asks lives on.

        Raises:
            InvalidAccessToken: see IdentifyCaller.
            InvalidPassword: no account may have the new one.
            InvalidCredentials: the old one is wrong.
            TooManyLogins: too many failures from this address.
        """
        caller = await self.identify_caller(bearer)
        new = new_password(new)
        name, now = caller.user.name, self.clock()
        admitted = await self.login_guard.admits(name, address, now)
        user, failure = await self.check_password(name, old)
        if user is None or failure or not admitted:
            cause = failure if admitted and failure else LoginFailure.THROTTLED
            self.audit(PasswordChangeFailed(at=now, subject=caller.user.id, cause=cause))
            raise InvalidCredentials
        await self.login_guard.forgive(name, address)
        password_hash = await self.passwords.hash(new)
        await change_user(
            self.users,
            name,
            lambda user: user.with_password(password_hash),
            keeping=caller.session.id,
        )
        self.audit(
            PasswordChanged(
                at=now, subject=caller.user.id, session=caller.session.id, actor=Actor.SUBJECT
            )
        )
