"""Checks a password, and limits the failed log-ins of each account and each source."""

from dataclasses import dataclass
from datetime import datetime

from application.steps.password_check import Failed, PasswordCheck, Proved
from domain.causes import LoginFailure
from domain.errors import TooManyLogins, Unavailable
from domain.login_throttle import ThrottlePolicy, account_key, name_key, source_key
from domain.ports.login_throttle import LoginThrottle
from domain.users import User


@dataclass(frozen=True, slots=True)
class LoginGuard:
    """Checks a password, unless too many recent attempts failed.

    Every attempt counts as failed before the password is compared, and is taken back if it did not
    fail: parallel guesses cannot outrun the count. For the same reason more than `per_account`
    honest log-ins to one account at the same moment are refused.
    """

    login_throttle: LoginThrottle
    throttle_policy: ThrottlePolicy
    password_check: PasswordCheck

    async def __call__(
        self, user: User | None, name: str, password: str, address: str, now: datetime
    ) -> User | Failed:
        """The user, if the password is the user's.

        From outside, a throttled account looks like a wrong password, and costs the same. A weak
        hash is renewed after the verdict, because a renewal takes time.

        Args:
            user: as identified by the caller; None if no user has that name.

        Raises:
            Unavailable: the password was not compared, so the attempt does not count.
        """
        account, source = account_key(user) if user else name_key(name), source_key(address)
        throttled = await self._throttled_source(source, now)
        if throttled is not None:
            return Failed(LoginFailure.THROTTLED, user, throttled)
        is_admitted = await self._admits(account, now)
        result = await self._compare(user, name, password, account, source)
        if not is_admitted:
            return Failed(LoginFailure.THROTTLED, user)
        if isinstance(result, Failed):
            return result
        await self.login_throttle.forget(account)
        await self.login_throttle.discount(source)
        if result.is_outdated:
            await self.password_check.renew_hash(result.user, password)
        return result.user

    async def _compare(
        self, user: User | None, name: str, password: str, account: str, source: str
    ) -> Proved | Failed:
        try:
            return await self.password_check(user, name, password)
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
