"""Whether a password is the user's, at the same cost for every user and every outcome."""

from dataclasses import dataclass

from domain.causes import LoginFailure
from domain.errors import InvalidUsername, RemintError, TooManyLogins
from domain.ports.passwords import Passwords
from domain.ports.users import Users
from domain.users import LONGEST_PASSWORD, User, username


@dataclass(frozen=True, slots=True)
class Failed:
    """A password that proved nothing: why, and for which user, None where none has the name.

    `throttled` is set if too many log-ins failed from the source, so nothing was compared.
    """

    cause: LoginFailure
    user: User | None
    throttled: TooManyLogins | None = None

    def error(self, otherwise: RemintError) -> RemintError:
        """The error for the caller: TooManyLogins for a throttled source, otherwise `otherwise`."""
        return self.throttled or otherwise


LoginResult = User | Failed
"""The user whose password it is, or why the password proved nothing."""


@dataclass(frozen=True, slots=True)
class PasswordCheck:
    """Verifies exactly one password hash on every path, so that timing reveals nothing."""

    users: Users
    passwords: Passwords

    async def __call__(self, name: str, password: str) -> LoginResult:
        """Compare the password with that of the user of that name.

        If the password is right and its hash is weaker than new ones, the password is hashed again.

        Raises:
            Unavailable: too many passwords are being verified already.
        """
        user = await self._named(name)
        is_possible = len(password) <= LONGEST_PASSWORD
        verdict = await self.passwords.verify(
            password if is_possible else "", user.password_hash if user and is_possible else None
        )
        if user is None:
            return Failed(LoginFailure.UNKNOWN_USER, None)
        if not verdict.matches:
            return Failed(LoginFailure.WRONG_PASSWORD, user)
        if user.is_disabled:
            return Failed(LoginFailure.USER_DISABLED, user)
        if verdict.outdated:
            await self.users.replace(user.rehashed(await self.passwords.hash(password)))
        return user

    async def _named(self, name: str) -> User | None:
        try:
            return await self.users.named(username(name))
        except InvalidUsername:
            return None
