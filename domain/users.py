"""Owns what a user is: a subject that has sessions under one set of credentials."""

import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from domain.bounds import LONGEST_USERNAME
from domain.causes import RefusalCause, RevocationCause
from domain.claims import NONE, new_claims
from domain.errors import InvalidUsername
from domain.revocations import Named, Revocation, time_of_change
from domain.roles import new_roles
from domain.sessions import EpochEnd, Owner

MOST_ENDS = 20
"""Of how many credentials epochs a user keeps why they ended."""
_UNFIT_FOR_NAMES = frozenset({"Cc", "Cs", "Zl", "Zp"})
_UNFIT_FOR_NEW_NAMES = frozenset({"Cf", "Cn"})
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""The default-ignorable characters of Unicode that have another category than Cf, and the blank
Braille pattern."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What back ends and operators set of a user, apart from the password."""

    name: str | None = None
    roles: tuple[str, ...] = ()
    claims: str = field(default=NONE, repr=False)
    is_disabled: bool = False


@dataclass(frozen=True, slots=True)
class User:
    """An account that can have sessions.

    `id` is random, and never reassigned even when the name is. `subject` is what JWTs call the
    user: the id as text, unless a back end gave its own. `name` and `password_hash` are None where
    a back end has log-ins of its own: such a user cannot log in with a password.
    `credentials_epoch` counts the changes that end all sessions at once: a session is live only
    while its own epoch equals its user's; `epoch_ends` has why the last epochs ended. `version`
    counts all changes, so that no two changes overwrite each other. `revoked_at` is when all JWTs
    of the user were revoked last. `revocation` is what followers receive once this change is
    stored, None where no JWT is concerned; a user that was read has none.
    """

    id: UUID
    subject: str
    name: str | None
    password_hash: str | None = field(repr=False)
    roles: tuple[str, ...]
    created_at: datetime
    claims: str = field(default=NONE, repr=False)
    credentials_epoch: int = 0
    disabled_at: datetime | None = None
    version: int = 0
    revoked_at: datetime | None = None
    epoch_ends: tuple[EpochEnd, ...] = ()
    revocation: Revocation | None = field(default=None, compare=False, repr=False)

    @property
    def is_disabled(self) -> bool:
        """Whether the user can neither log in nor continue a session."""
        return self.disabled_at is not None

    def as_owner(self) -> Owner:
        """The user, as far as the user's sessions are concerned."""
        return Owner(
            self.subject,
            self.roles,
            self.credentials_epoch,
            self.is_disabled,
            self.claims,
            self.revoked_at,
            self.epoch_ends,
        )

    @property
    def profile(self) -> Profile:
        """What back ends and operators set."""
        return Profile(
            name=self.name, roles=self.roles, claims=self.claims, is_disabled=self.is_disabled
        )

    def with_profile(self, profile: Profile, at: datetime) -> "User":
        """Another profile. The sessions stay live unless the user becomes disabled."""
        user = replace(self, name=profile.name, roles=profile.roles, claims=profile.claims)
        if (user.roles, user.claims) != (self.roles, self.claims):
            user = user._revoked(RevocationCause.CLAIMS_CHANGED, at)
        if profile.is_disabled == self.is_disabled:
            return user
        return user.disabled(at) if profile.is_disabled else user.enabled()

    def succeeded_by(self, changed: "User") -> "User":
        """`changed` as the next version of this user, however many changes led to it."""
        return replace(changed, version=self.version + 1)

    def rehashed(self, password_hash: str) -> "User":
        """The same password under stronger parameters; the sessions stay live."""
        return replace(self, password_hash=password_hash, version=self.version + 1)

    def with_password(self, password_hash: str | None, at: datetime) -> "User":
        """Another password, or None for none, and every session ended."""
        ended = self._in_next_epoch(RefusalCause.CREDENTIALS_CHANGED, at)
        return replace(ended, password_hash=password_hash)

    def logged_out_everywhere(self, at: datetime) -> "User":
        """Every session ended, however many there are."""
        return self._in_next_epoch(RefusalCause.LOGGED_OUT_EVERYWHERE, at)

    def disabled(self, at: datetime) -> "User":
        """Disabled, and every session ended, so that enabling the user revives none."""
        ended = self._in_next_epoch(RefusalCause.USER_DISABLED, at)
        return replace(ended, disabled_at=self.disabled_at or at)

    def enabled(self) -> "User":
        """Able to log in again."""
        return replace(self, disabled_at=None, version=self.version + 1)

    def _in_next_epoch(self, cause: RefusalCause, at: datetime) -> "User":
        ends = (*self.epoch_ends, EpochEnd(self.credentials_epoch, cause))
        return replace(
            self._revoked(RevocationCause(cause.value), at),
            credentials_epoch=self.credentials_epoch + 1,
            epoch_ends=ends[-MOST_ENDS:],
            version=self.version + 1,
        )

    def _revoked(self, cause: RevocationCause, at: datetime) -> "User":
        """Every JWT that was issued until now is refused by the services."""
        changed_at = time_of_change(at, self.revoked_at)
        revocation = Revocation(Named.SUBJECT, self.subject, cause, changed_at)
        return replace(self, revoked_at=changed_at, revocation=revocation)


def username(text: str) -> str:
    """Bring a user name into the one form under which it is stored and looked up.

    NFKC and case folding, so that spellings which differ in case or in encoding are one name.

    Raises:
        InvalidUsername: blank, too long, or with control characters.
    """
    name = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).strip()
    if not name or len(name) > LONGEST_USERNAME:
        raise InvalidUsername
    if any(unicodedata.category(character) in _UNFIT_FOR_NAMES for character in name):
        raise InvalidUsername
    return name


def new_username(text: str) -> str:
    """The name of a new user, in the form that `username` gives.

    A character that nobody sees makes two names look like one, and a character that Unicode has not
    assigned yet can have another form later. Users that were added earlier are still found.

    Raises:
        InvalidUsername: see `username`; or the name has an invisible or an unassigned character.
    """
    name = username(text)
    if any(unicodedata.category(character) in _UNFIT_FOR_NEW_NAMES for character in name):
        raise InvalidUsername
    if _INVISIBLE.search(name):
        raise InvalidUsername
    return name


def new_profile(profile: Profile, before: Profile) -> Profile:
    """The profile of a user, the name in its one form.

    A part that stays as it was is not judged again.

    Raises:
        InvalidUsername, InvalidRoles, InvalidClaims: no user can have that.
    """
    name = profile.name
    if name is not None and name != before.name:
        name = new_username(name)
    roles = profile.roles if profile.roles == before.roles else new_roles(profile.roles)
    claims = profile.claims
    if claims not in (NONE, before.claims):
        claims = new_claims(claims)
    return replace(profile, name=name, roles=roles, claims=claims)
