"""How many failed log-ins are borne, whoever the account or the source (checklist G6, G7)."""

from dataclasses import dataclass
from datetime import datetime

from domain.errors import InvalidUsername, TooManyLogins
from domain.ports.throttle import LoginThrottle
from domain.throttling import ThrottlePolicy, account_key, source_key
from domain.users import username


@dataclass(frozen=True, slots=True)
class LoginGuard:
    """Counts every log-in as failed before the password is looked at, and takes it back on success.

    So parallel guesses cannot outrun the count.
    """

    login_throttle: LoginThrottle
    throttle_policy: ThrottlePolicy

    async def admits(self, name: str, address: str, now: datetime) -> bool:
        """Whether the account may be tried now; a throttled one looks like a wrong password (G1).

        Raises:
            TooManyLogins: too many failures from this address; says nothing of any account.
        """
        window = self.throttle_policy.window
        source = await self.login_throttle.count(source_key(address), now, window)
        if source.count > self.throttle_policy.per_source:
            raise TooManyLogins(retry_after=source.window_ends_at - now)
        account = await self.login_throttle.count(_key_of(name), now, window)
        return account.count <= self.throttle_policy.per_account

    async def forgive(self, name: str, address: str) -> None:
        """Take the attempt back: the password was right."""
        await self.login_throttle.forget(_key_of(name))
        await self.login_throttle.discount(source_key(address))


def _key_of(name: str) -> str:
    try:
        return account_key(username(name))
    except InvalidUsername:
        return account_key("")
