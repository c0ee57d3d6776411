"""Whether a password is the user's, at the same cost whoever the user is (checklist G1, G2)."""

from dataclasses import dataclass

from domain.errors import InvalidUsername
from domain.events import LoginFailure
from domain.ports.passwords import Passwords
from domain.ports.users import Users
from domain.users import LONGEST_PASSWORD, User, username


@dataclass(frozen=True, slots=True)
class PasswordCheck:
    """Verifies exactly one password hash on every path."""

    users: Users
    passwords: Passwords

    async def __call__(self, name: str, password: str) -> tuple[User | None, LoginFailure | None]:
        """The user of that name, if any, and what is wrong, if anything.

        A right password whose hash has become too weak is hashed anew on the way (G3).
        """
        user = await self._named(name)
        fits = len(password) <= LONGEST_PASSWORD
        verdict = await self.passwords.verify(
            password if fits else "", user.password_hash if user and fits else None
        )
        if user is None:
            return None, LoginFailure.UNKNOWN_USER
        if not verdict.matches:
            return user, LoginFailure.WRONG_PASSWORD
        if user.is_disabled:
            return user, LoginFailure.USER_DISABLED
        if verdict.outdated:
            await self.users.replace(user.rehashed(await self.passwords.hash(password)))
        return user, None

    async def _named(self, name: str) -> User | None:
        try:
            return await self.users.named(username(name))
        except InvalidUsername:
            return None
