"""How many failed log-ins are borne, whoever the account or the source (checklist G6, G7)."""

from dataclasses import dataclass
from datetime import datetime

from application.steps.password_check import PasswordCheck
from domain.errors import InvalidUsername, TooManyLogins, Unavailable
from domain.events import LoginFailure
from domain.login_throttle import ThrottlePolicy, account_key, source_key
from domain.ports.login_throttle import LoginThrottle
from domain.users import User, username


@dataclass(frozen=True, slots=True)
class LoginGuard:
    """Checks a password, unless too many did not fit.

    Every attempt counts as failed before the password is looked at, and is taken back when it did
    not fail: so parallel guesses cannot outrun the count. More than `per_account` honest log-ins to
    one account at the same moment are refused for the same reason.
    """

    login_throttle: LoginThrottle
    throttle_policy: ThrottlePolicy
    check_password: PasswordCheck

    async def __call__(
        self, name: str, password: str, address: str, now: datetime
    ) -> tuple[User | None, LoginFailure | None]:
        """The user of that name, if any, and what is wrong, if anything.

        A throttled account looks like a wrong password from outside, and costs the same (G1, G2).

        Raises:
            TooManyLogins: too many failures from this address; says nothing of any account.
            Unavailable: nobody looked at the password, so the attempt does not count.
        """
        admitted = await self._admits(name, address, now)
        try:
            user, failure = await self.check_password(name, password)
        except Unavailable:
            await self.login_throttle.discount(_key_of(name))
            await self.login_throttle.discount(source_key(address))
            raise
        if not admitted:
            return user, LoginFailure.THROTTLED
        if failure is None:
            await self.login_throttle.forget(_key_of(name))
            await self.login_throttle.discount(source_key(address))
        return user, failure

    async def _admits(self, name: str, address: str, now: datetime) -> bool:
        window = self.throttle_policy.window
        source = await self.login_throttle.count(source_key(address), now, window)
        if source.count > self.throttle_policy.per_source:
            raise TooManyLogins(retry_after=source.window_ends_at - now)
        account = await self.login_throttle.count(_key_of(name), now, window)
        return account.count <= self.throttle_policy.per_account


def _key_of(name: str) -> str:
    try:
        return account_key(username(name))
    except InvalidUsername:
        return account_key("")
