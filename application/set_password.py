"""Set a user's password, by an operator."""

from dataclasses import dataclass

from application.steps.user_change import change_user
from application.steps.user_lookup import UserKey, find_user
from domain.actors import Actor
from domain.events import PasswordChanged
from domain.login_throttle import account_key
from domain.passwords import new_password
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.login_throttle import LoginThrottle
from domain.ports.passwords import Passwords
from domain.ports.users import Users


@dataclass(frozen=True, slots=True)
class SetPassword:
    """Give a user another password and end all sessions.

    The throttle's count of failed log-ins to the account is cleared.
    """

    users: Users
    login_throttle: LoginThrottle
    passwords: Passwords
    clock: Clock
    audit: AuditTrail

    async def __call__(self, key: UserKey, password: str, *, by: Actor) -> None:
        """Store the new password; all earlier sessions end with the same UPDATE.

        Raises:
            InvalidPassword: no account can have that password.
            UserNotFound: no user has that name or subject.
            Unavailable: if the audit trail has the event, the password is set, and only the
                throttle's count was not cleared. The command can be repeated.
        """
        new = new_password(password)
        user = await find_user(self.users, key)
        password_hash = await self.passwords.hash(new)
        user = await change_user(
            self.users, user, lambda user: user.with_password(password_hash, self.clock())
        )
        self.audit(PasswordChanged.by(by, user, at=self.clock()))
        await self.login_throttle.forget(account_key(user))
