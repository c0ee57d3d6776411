"""Enable a disabled user."""

from dataclasses import dataclass

from application.steps.user_change import change_user
from application.steps.user_lookup import UserKey, find_user
from domain.actors import Actor
from domain.events import UserEnabled
from domain.login_throttle import account_key
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.login_throttle import LoginThrottle
from domain.ports.users import Users
from domain.users import User


@dataclass(frozen=True, slots=True)
class EnableUser:
    """Let a disabled user log in again; earlier sessions stay ended.

    The throttle's count of failed log-ins to the account is cleared, even if the user is enabled.
    """

    users: Users
    login_throttle: LoginThrottle
    clock: Clock
    audit: AuditTrail

    async def __call__(self, key: UserKey, *, by: Actor) -> None:
        """Let the user log in again.

        Raises:
            UserNotFound: no user has that name or subject.
            Unavailable: if the audit trail has the event, the user is enabled, and only the
                throttle's count was not cleared. The command can be repeated.
        """
        now = self.clock()
        user = await find_user(self.users, key)
        user = await change_user(self.users, user, User.enabled)
        self.audit(UserEnabled.by(by, user, at=now))
        await self.login_throttle.forget(account_key(user))
