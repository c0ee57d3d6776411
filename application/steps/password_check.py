"""Checks a password, at the same cost for every user and every outcome."""

from contextlib import suppress
from dataclasses import dataclass

from domain.bounds import LONGEST_PASSWORD
from domain.causes import LoginFailure
from domain.errors import RemintError, TooManyLogins, Unavailable
from domain.passwords import prepared, spellings
from domain.ports.passwords import Passwords, Verdict
from domain.ports.user_register import UserRegister
from domain.ports.users import Users
from domain.users import User


@dataclass(frozen=True, slots=True)
class Proved:
    """A password that is the user's, and whether its hash is weaker than new ones."""

    user: User
    is_outdated: bool


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


@dataclass(frozen=True, slots=True)
class PasswordCheck:
    """Verifies one hash for each spelling of the password, on every path.

    Nearly every password has one spelling. Timing reveals nothing, because the number of spellings
    depends on the request alone.

    For a name that no user has, and for a user without a password, the cost is that of a stored
    hash: stored hashes can be older than the present settings, and cheaper or dearer than new
    ones.
    """

    users: Users
    user_register: UserRegister
    passwords: Passwords

    async def __call__(self, user: User | None, name: str, password: str) -> Proved | Failed:
        """Compare the password with that of `user`, who is None where no user has that name.

        Raises:
            Unavailable: too many passwords are being verified already.
        """
        # Every path asks for the neighbour, because a statement takes time as well.
        neighbour = await self._neighbour(name)
        own = user.password_hash if user else None
        is_possible = min(map(len, spellings(password))) <= LONGEST_PASSWORD
        verdict = await self._verify(
            password if is_possible else "",
            own if is_possible else None,
            like=own or (neighbour.password_hash if neighbour else None),
        )
        if user is None:
            return Failed(LoginFailure.UNKNOWN_USER, None)
        if not verdict.matches:
            return Failed(LoginFailure.WRONG_PASSWORD, user)
        if user.is_disabled:
            return Failed(LoginFailure.USER_DISABLED, user)
        return Proved(user, verdict.outdated)

    async def renew_hash(self, user: User, password: str) -> None:
        """Hash a proved password again, under the present settings, unless the server is busy."""
        with suppress(Unavailable):
            await self.users.replace(user.rehashed(await self.passwords.hash(prepared(password))))

    async def _verify(self, password: str, stored: str | None, *, like: str | None) -> Verdict:
        """Compare each spelling, even after one has matched: the cost says nothing of the user."""
        verdicts = [
            await self.passwords.verify(spelling, stored, like=like)
            for spelling in spellings(password)
        ]
        if verdicts[0].matches:
            return verdicts[0]
        # A hash of the password as it was typed gives way to a hash of the prepared form.
        matches = verdicts[-1].matches
        return Verdict(matches=matches, outdated=matches)

    async def _neighbour(self, name: str) -> User | None:
        """The next user by name, always the same one for a name, as its own hash would be."""
        following = await self.user_register.next_with_password(name)
        return following or await self.user_register.next_with_password("")
