"""How many failed log-ins are allowed, for each account and each source."""

from dataclasses import dataclass
from datetime import datetime

from application.steps.password_check import Failed, LoginResult, PasswordCheck
from domain.causes import LoginFailure
from domain.errors import InvalidUsername, TooManyLogins, Unavailable
from domain.login_throttle import ThrottlePolicy, account_key, source_key
from domain.ports.login_throttle import LoginThrottle
from domain.users import User, username


@dataclass(frozen=True, slots=True)
class LoginGuard:
    """Checks a password, unless too many recent attempts failed.

    Every attempt counts as failed before the password is compared, and is taken back if it did not
    fail: parallel guesses cannot outrun the count. For the same reason more than `per_account`
    honest log-ins to one account at the same moment are refused.
    """

    login_throttle: LoginThrottle
    throttle_policy: ThrottlePolicy
    check_password: PasswordCheck

    async def __call__(self, name: str, password: str, address: str, now: datetime) -> LoginResult:
        """Compare the password with that of the user of that name.

        From outside, a throttled account looks like a wrong password, and costs the same.

        Raises:
            Unavailable: nobody compared the password, so the attempt does not count.
        """
        account, source = _account_key(name), source_key(address)
        throttled = await self._throttled_source(source, now)
        if throttled is not None:
            return Failed(LoginFailure.THROTTLED, None, throttled)
        is_admitted = await self._admits(account, now)
        result = await self._compare(name, password, account, source)
        if not is_admitted:
            user = result.user if isinstance(result, Failed) else result
            return Failed(LoginFailure.THROTTLED, user)
        if isinstance(result, User):
            await self.login_throttle.forget(account)
            await self.login_throttle.discount(source)
        return result

    async def _compare(self, name: str, password: str, account: str, source: str) -> LoginResult:
        try:
            return await self.check_password(name, password)
        except Unavailable:
            await self.login_throttle.discount(account)
            await self.login_throttle.discount(source)
            raise

    async def _throttled_source(self, source: str, now: datetime) -> TooManyLogins | None:
        attempts = await self.login_throttle.count(source, now, self.throttle_policy.window)
        if attempts.count <= self.throttle_policy.per_source:
            return None
        return TooManyLogins(retry_after=attempts.window_ends_at - now)

    async def _admits(self, account: str, now: datetime) -> bool:
        attempts = await self.login_throttle.count(account, now, self.throttle_policy.window)
        return attempts.count <= self.throttle_policy.per_account


def _account_key(name: str) -> str:
    try:
        return account_key(username(name))
    except InvalidUsername:
        return account_key("")
