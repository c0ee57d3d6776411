"""Set what is published of a user: name, roles, claims, whether disabled; and the password."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from application.steps.change import ROUNDS
from application.steps.user_lookup import Subject, UserKey, find_user
from domain.actors import Actor
from domain.errors import InvalidPasswordHash, SubjectTaken, Unavailable, UserNotFound
from domain.events import PasswordChanged, UserAdded, UserDisabled, UserEnabled, UserSet
from domain.identifiers import random_id
from domain.login_throttle import account_key
from domain.passwords import new_password
from domain.ports.audit import AuditTrail
from domain.ports.environment import Clock, Entropy
from domain.ports.login_throttle import LoginThrottle
from domain.ports.passwords import Passwords
from domain.ports.users import Users
from domain.subjects import new_subject
from domain.users import Profile, User, new_profile


@dataclass(frozen=True, slots=True)
class ChosenPassword:
    """A password, or the hash of one; with neither, the user has no password any more."""

    text: str | None = field(default=None, repr=False)
    digest: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class StoredUser:
    """A user as stored now, and whether the user is new."""

    user: User
    is_new: bool


@dataclass(frozen=True, slots=True)
class SetUser:
    """Change a user's profile, whatever it is by then, and the password if one is chosen.

    The sessions stay live, unless the user gets another password or is disabled.
    """

    users: Users
    passwords: Passwords
    login_throttle: LoginThrottle
    clock: Clock
    entropy: Entropy
    audit: AuditTrail

    async def __call__(
        self,
        key: UserKey,
        change: Callable[[Profile], Profile],
        *,
        by: Actor,
        password: ChosenPassword | None = None,
        adding: bool = False,
    ) -> StoredUser:
        """Store the changed profile in one UPDATE; after a lost race, change it again.

        Args:
            change: makes the new profile from that of now, which is empty for a new user.
            password: None leaves the password as it is.
            adding: whether a user that does not exist is added; `key` is a subject then.

        Raises:
            UserNotFound: no user has that name or subject, and none is added.
            InvalidSubject, InvalidUsername, InvalidPassword, InvalidPasswordHash, InvalidRoles,
                InvalidClaims: no user can have that.
            UsernameTaken: another user has that name; nothing was stored.
            Unavailable: other changes were faster every time; nothing was changed.
        """
        password_hash = None if password is None else await self._hash_of(password)
        for _ in range(ROUNDS):
            now = self.clock()
            found = await self._found(key, adding=adding)
            if found is None:
                added = await self._added(key, change, password_hash, by, now)
                if added is not None:
                    return StoredUser(added, is_new=True)
                continue
            profile = new_profile(change(found.profile), found.profile)
            changed = found.with_profile(profile, now)
            if password is not None:
                changed = changed.with_password(password_hash, now)
            if await self.users.replace(found.succeeded_by(changed)):
                await self._report(found, changed, by, now, has_new_password=password is not None)
                return StoredUser(found.succeeded_by(changed), is_new=False)
        raise Unavailable("contended")

    async def _hash_of(self, password: ChosenPassword) -> str | None:
        if password.text is not None:
            return await self.passwords.hash(new_password(password.text))
        if password.digest is not None and not self.passwords.accepts(password.digest):
            raise InvalidPasswordHash
        return password.digest

    async def _found(self, key: UserKey, *, adding: bool) -> User | None:
        try:
            return await find_user(self.users, key)
        except UserNotFound:
            if adding:
                return None
            raise

    async def _added(
        self,
        key: UserKey,
        change: Callable[[Profile], Profile],
        password_hash: str | None,
        by: Actor,
        now: datetime,
    ) -> User | None:
        """The new user; None if another request added one with that subject."""
        empty = Profile()
        profile = new_profile(change(empty), empty)
        user = User(
            id=random_id(self.entropy),
            subject=new_subject(key.text if isinstance(key, Subject) else key),
            name=profile.name,
            password_hash=password_hash,
            roles=profile.roles,
            created_at=now,
            claims=profile.claims,
            disabled_at=now if profile.is_disabled else None,
        )
        try:
            await self.users.add(user)
        except SubjectTaken:
            return None
        self.audit(UserAdded.by(by, user, at=now))
        return user

    async def _report(
        self, before: User, after: User, by: Actor, now: datetime, *, has_new_password: bool
    ) -> None:
        published = (after.name, after.roles, after.claims)
        if published != (before.name, before.roles, before.claims):
            self.audit(UserSet.by(by, after, at=now))
        if has_new_password:
            self.audit(PasswordChanged.by(by, after, at=now))
        if after.is_disabled != before.is_disabled:
            event = UserDisabled if after.is_disabled else UserEnabled
            self.audit(event.by(by, after, at=now))
        if has_new_password or before.is_disabled:
            await self.login_throttle.forget(account_key(after))
