"""Owns what a client is: an application that Remint knows (RFC 6749 section 1.1)."""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.bounds import LONGEST_SESSION, MOST_SESSIONS
from domain.errors import ClientSecretConflict, InvalidClientId, InvalidClientTerms
from domain.sessions import Renewal

SECRET_PREFIX = "rms1_"  # noqa: S105 - says what the text is
MOST_SECRETS = 2
"""One that is in use, and one that replaces it without a gap."""

_IS_CLIENT_ID = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}").fullmatch
_IS_WORD = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,128}").fullmatch
_COUNTER_BYTES = 6
_SECOND = timedelta(seconds=1)


class Permission(StrEnum):
    """What a client can be allowed to do at the back-end API."""

    OPEN_SESSIONS = "open-sessions"
    MANAGE_USERS = "manage-users"
    INTROSPECT = "introspect"


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """What a request presents of its client (RFC 6749 section 2.3.1).

    `secret` is None where a public client only names itself.
    """

    client_id: str
    secret: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClientAssertion:
    """What a request presents of a client that signs with its own key (RFC 7523 section 2.2).

    Attributes:
        text: the assertion, whose issuer is the client.
        client_id: the client that the request names besides; None where it names none.
    """

    text: str = field(repr=False)
    client_id: str | None = None


ClientAuthentication = ClientCredentials | ClientAssertion


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

    A *public* client can prove nothing. A *confidential* one has one or two secrets, the newest
    first, or `jwks`, a key set with its public keys, or both.
    `epoch` counts the changes that end all of its sessions: a session of the client is live only
    while it has the client's epoch. `version` counts all changes. Both begin at random, so that
    neither the sessions of a deleted client nor a change to it meet a later client with its id.
    `revoked_at` is set where this change ends all sessions, which followers learn once it is
    stored; a client that was read has none.
    """

    id: str
    secret_digests: tuple[bytes, ...] = field(repr=False)
    terms: ClientTerms
    created_at: datetime
    epoch: int
    disabled_at: datetime | None = None
    version: int = 0
    jwks: str | None = None
    revoked_at: datetime | None = field(default=None, compare=False, repr=False)

    @classmethod
    def public(
        cls, client_id: str, terms: ClientTerms, *, now: datetime, entropy: Callable[[int], bytes]
    ) -> "Client":
        """A new client that has no secret."""
        epoch, version = (int.from_bytes(entropy(_COUNTER_BYTES)) for _ in range(2))
        return cls(client_id, (), terms, now, epoch, version=version)

    def as_confidential(self, secret: str) -> "Client":
        """The same new client with its first secret."""
        return replace(self, secret_digests=(secret_digest(secret),))

    def as_confidential_by_keys(self, jwks: str) -> "Client":
        """The same new client with its public keys, and no secret."""
        return replace(self, jwks=jwks)

    @property
    def is_public(self) -> bool:
        """Whether its sessions continue without credentials of the client."""
        return not self.secret_digests and self.jwks is None

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
        """`secret` in addition to the one that is in use.

        Raises:
            ClientSecretConflict: the client is public, or has two secrets already.
        """
        self._require_secrets()
        if len(self.secret_digests) >= MOST_SECRETS:
            raise ClientSecretConflict(
                "The client has two secrets. Drop one of them before you add another."
            )
        digests = (secret_digest(secret), *self.secret_digests)
        return replace(self, secret_digests=digests, version=self.version + 1)

    def without_older_secret(self) -> "Client":
        """Only the newer one of two secrets; none where it has keys and only one.

        Raises:
            ClientSecretConflict: the client could not prove itself any more.
        """
        self._require_two_proofs()
        newer = self.secret_digests[: len(self.secret_digests) - 1]
        return replace(self, secret_digests=newer, version=self.version + 1)

    def without_newer_secret(self) -> "Client":
        """Without its newest secret, as if that had never been added.

        Raises:
            ClientSecretConflict: the client could not prove itself any more.
        """
        self._require_two_proofs()
        return replace(self, secret_digests=self.secret_digests[1:], version=self.version + 1)

    def with_keys(self, jwks: str | None) -> "Client":
        """With these public keys in place of those before; None for no keys.

        Raises:
            ClientSecretConflict: the client is public, or could not prove itself any more.
        """
        self._require_secrets()
        if jwks is None and not self.secret_digests:
            raise ClientSecretConflict(
                "The client has no secret. Add one before you drop its keys."
            )
        return replace(self, jwks=jwks, version=self.version + 1)

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
            revoked_at=at,
        )

    def enabled(self) -> "Client":
        """Able to have sessions again."""
        return replace(self, disabled_at=None, version=self.version + 1)

    def _require_secrets(self) -> None:
        if self.is_public:
            raise ClientSecretConflict("The client is public: it has no secrets and no keys.")

    def _require_two_proofs(self) -> None:
        """A secret can be dropped where there is another one, or a key."""
        self._require_secrets()
        if not self.secret_digests:
            raise ClientSecretConflict("The client has no secret: it has keys.")
        if len(self.secret_digests) < MOST_SECRETS and self.jwks is None:
            raise ClientSecretConflict(
                "The client has only one secret. Add another before you drop that one."
            )


def is_client_id(text: str) -> bool:
    """Whether a client can have this id."""
    return _IS_CLIENT_ID(text) is not None


def new_client_id(text: str) -> str:
    """The id of a new client, unchanged.

    Raises:
        InvalidClientId: not 1 to 64 of `a-z`, `0-9`, `_`, `.`, `-`, the first a letter or digit.
    """
    if not is_client_id(text):
        raise InvalidClientId
    return text


def new_secret(entropy: Callable[[int], bytes]) -> str:
    """A new client secret of 256 random bits, as text."""
    return SECRET_PREFIX + urlsafe_b64encode(entropy(32)).rstrip(b"=").decode()


def secret_digest(secret: str) -> bytes:
    """The digest under which a client secret is stored; a random secret needs no slow hash."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()


def new_terms(terms: ClientTerms, *, is_public: bool, jwt_lifetime: timedelta) -> ClientTerms:
    """The terms of a client, unchanged.

    A client refreshes once per JWT, and the last use is stored with some delay. So the idle timeout
    is at least twice `jwt_lifetime`, as that of the settings is.

    Raises:
        InvalidClientTerms: names the part that no client can have.
    """
    if is_public and terms.may:
        raise InvalidClientTerms("may")
    for part, words in (("audiences", terms.audiences), ("scopes", terms.scopes)):
        if len(set(words)) < len(words) or not all(map(_IS_WORD, words)):
            raise InvalidClientTerms(part)
    for part, duration in (("lifetime", terms.lifetime), ("idle", terms.idle)):
        if duration is not None and not _is_duration(duration):
            raise InvalidClientTerms(part)
    if terms.idle is not None and terms.idle < 2 * jwt_lifetime:
        raise InvalidClientTerms("idle")
    if terms.session_limit is not None and not 1 <= terms.session_limit <= MOST_SESSIONS:
        raise InvalidClientTerms("session_limit")
    return terms


def _is_duration(duration: timedelta) -> bool:
    return _SECOND <= duration <= LONGEST_SESSION and not duration % _SECOND
