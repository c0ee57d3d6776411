"""Change one's own password."""

from dataclasses import dataclass
from datetime import datetime

from application.steps.caller_check import Caller, CallerCheck
from application.steps.login_guard import LoginGuard
from application.steps.password_check import Failed
from application.steps.user_change import change_user
from domain.actors import OWNER
from domain.errors import InvalidAccessToken, NotAllowed, UserNotFound, WrongPassword
from domain.events import PasswordChanged, PasswordChangeFailed
from domain.passwords import new_password
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock
from domain.ports.passwords import Passwords
from domain.ports.users import Users
from domain.proofs import PresentedProof
from domain.users import User


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """Change the password of the JWT's user, who must know the old one; other sessions end.

    The old password is guarded like a log-in, because a stolen JWT must not be a way to guess it.
    """

    caller_check: CallerCheck
    login_guard: LoginGuard
    passwords: Passwords
    users: Users
    clock: Clock
    audit: AuditTrail

    async def __call__(
        self, jwt: str, old: str, new: str, address: str, *, proof: PresentedProof | None = None
    ) -> None:
        """Store the new password; all sessions but that of the JWT end with the same UPDATE.

        Raises:
            InvalidProof: see CallerCheck.
            InvalidAccessToken: see CallerCheck; or the credentials changed, or the user was
                deleted, before the new password was stored.
            NotAllowed: somebody else acts for the user in this session.
            InvalidPassword: no account can have the new password.
            WrongPassword: the old password is wrong, or was tried too often.
            TooManyLogins: too many log-ins failed from this address.
        """
        caller, now = await self.caller_check(jwt, proof), self.clock()
        if caller.session.is_support:
            raise NotAllowed("ownSession")
        new = new_password(new)
        await self._prove(caller, old, address, now)
        password_hash = await self.passwords.hash(new)

        def changed(user: User) -> User:
            if user.credentials_epoch != caller.user.credentials_epoch:
                raise InvalidAccessToken
            return user.with_password(password_hash, self.clock())

        kept = caller.session.id
        try:
            await change_user(self.users, caller.user, changed, keeping=kept)
        except UserNotFound:
            raise InvalidAccessToken from None
        self.audit(PasswordChanged.by(OWNER, caller.user, at=now, kept=kept))

    async def _prove(self, caller: Caller, password: str, address: str, now: datetime) -> None:
        result = await self.login_guard(caller.user, caller.user.name or "", password, address, now)
        if isinstance(result, Failed):
            self.audit(PasswordChangeFailed.of(caller.user, result.cause, at=now))
            raise result.error(otherwise=WrongPassword())
