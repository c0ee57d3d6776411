"""Owns what a client is: an application that Remint knows (RFC 6749 section 1.1)."""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.errors import InvalidClientId, InvalidClientTerms
from domain.sessions import Renewal

SECRET_PREFIX = "rms1_"  # noqa: S105 - says what the text is
MOST_SECRETS = 2
"""One that is in use, and one that replaces it without a gap."""

_IS_CLIENT_ID = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}").fullmatch
_IS_WORD = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,128}").fullmatch
_EPOCH_BYTES = 6
_NOTHING = timedelta()
_SECOND = timedelta(seconds=1)


class Permission(StrEnum):
    """What a client can be allowed to do at the back-end API."""

    OPEN_SESSIONS = "open-sessions"
    MANAGE_USERS = "manage-users"
    INTROSPECT = "introspect"


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """What a request presents to prove its client: HTTP Basic (RFC 6749 section 2.3.1)."""

    client_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientTerms:
    """What a client's operator chooses.

    Attributes:
        `may`: its permissions; only a confidential client can prove who it is, and have some.
        audiences: the audiences that its sessions can have, the first by default; empty for the
            audience of the settings alone.
        scopes: the words of scope that its sessions can have.
        renewal, lifetime, idle, session_limit: in place of the settings' for its sessions; None
            leaves a setting as it is. Durations are whole seconds.
    """

    may: tuple[Permission, ...] = ()
    audiences: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    renewal: Renewal | None = None
    lifetime: timedelta | None = None
    idle: timedelta | None = None
    session_limit: int | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """An application that holds refresh tokens, or acts for a back end.

    A *public* client has no secret, a *confidential* one has one or two, the newest first.
    `epoch` counts the changes that end all of its sessions: a session of the client is live only
    while it has the client's epoch. The epoch begins at random, so that the sessions of a deleted
    client are not those of a later client with the same id. `version` counts all changes.
    """

    id: str
    secret_digests: tuple[bytes, ...] = field(repr=False)
    terms: ClientTerms
    created_at: datetime
    epoch: int
    disabled_at: datetime | None = None
    version: int = 0

    @classmethod
    def public(
        cls, client_id: str, terms: ClientTerms, *, now: datetime, entropy: Callable[[int], bytes]
    ) -> "Client":
        """A new client that has no secret."""
        return cls(client_id, (), terms, now, int.from_bytes(entropy(_EPOCH_BYTES)))

    @property
    def is_public(self) -> bool:
        """Whether its sessions continue without credentials of the client."""
        return not self.secret_digests

    @property
    def is_disabled(self) -> bool:
        """Whether it can do nothing, and no session of it continues."""
        return self.disabled_at is not None

    def may(self, permission: Permission) -> bool:
        """Whether the client is allowed to do that."""
        return permission in self.terms.may

    def is_proved_by(self, secret: str) -> bool:
        """Whether `secret` is one of the client's; in constant time for each of them."""
        presented = secret_digest(secret)
        return sum(hmac.compare_digest(presented, digest) for digest in self.secret_digests) > 0

    def with_secret(self, secret: str) -> "Client":
        """`secret` in addition; only the newest one of the earlier secrets continues to work."""
        digests = (secret_digest(secret), *self.secret_digests)[:MOST_SECRETS]
        return replace(self, secret_digests=digests, version=self.version + 1)

    def without_older_secret(self) -> "Client":
        """Only the newest secret."""
        return replace(self, secret_digests=self.secret_digests[:1], version=self.version + 1)

    def on_terms(self, terms: ClientTerms) -> "Client":
        """The same client on other terms."""
        return replace(self, terms=terms, version=self.version + 1)

    def disabled(self, at: datetime) -> "Client":
        """Disabled, and every session ended, so that enabling the client revives none."""
        return replace(
            self,
            epoch=self.epoch + 1,
            disabled_at=self.disabled_at or at,
            version=self.version + 1,
        )

    def enabled(self) -> "Client":
        """Able to have sessions again."""
        return replace(self, disabled_at=None, version=self.version + 1)


def new_client_id(text: str) -> str:
    """The id of a new client, unchanged.

    Raises:
        InvalidClientId: not 1 to 64 of `a-z`, `0-9`, `_`, `.`, `-`, the first a letter or digit.
    """
    if _IS_CLIENT_ID(text) is None:
        raise InvalidClientId
    return text


def new_secret(entropy: Callable[[int], bytes]) -> str:
    """A new client secret of 256 random bits, as text."""
    return SECRET_PREFIX + urlsafe_b64encode(entropy(32)).rstrip(b"=").decode()


def secret_digest(secret: str) -> bytes:
    """The digest under which a client secret is stored; a random secret needs no slow hash."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()


def new_terms(terms: ClientTerms, *, is_public: bool) -> ClientTerms:
    """The terms of a client, unchanged.

    Raises:
        InvalidClientTerms: names the part that no client can have.
    """
    if is_public and terms.may:
        raise InvalidClientTerms("may")
    for part, words in (("audiences", terms.audiences), ("scopes", terms.scopes)):
        if len(set(words)) < len(words) or not all(map(_IS_WORD, words)):
            raise InvalidClientTerms(part)
    for part, duration in (("lifetime", terms.lifetime), ("idle", terms.idle)):
        if duration is not None and (duration <= _NOTHING or duration % _SECOND):
            raise InvalidClientTerms(part)
    if terms.session_limit is not None and terms.session_limit < 1:
        raise InvalidClientTerms("session_limit")
    return terms
