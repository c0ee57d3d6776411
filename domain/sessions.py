"""Owns what a session is: one row for life, from log-in until it is ended or expires."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.causes import EndCause, RefusalCause
from domain.claims import NONE
from domain.grants import Grant
from domain.refresh_tokens import RefreshToken


class Renewal(StrEnum):
    """How a session's refresh token is renewed; fixed when the session is opened."""

    REUSABLE = "reusable"
    """The same refresh token serves for the session's whole life."""
    ROTATING = "rotating"
    """Every refresh supersedes the refresh token, so that a copied token is detected."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What tells a session's owner which device it is."""

    device: str = ""
    """The beginning of the User-Agent header."""
    address: str = ""
    """The client's network address as text."""


@dataclass(frozen=True, slots=True)
class Session:
    """A user's stay on one device.

    `generation` is that of the current refresh token, `parent` the one before, which can still be
    replayed. `rotated_at` is None until the first rotation. Only the digest of the token's secret
    is stored, so nothing at rest can produce a token. `client_id` is None for the built-in client,
    and `grant` is None where the JWTs carry nothing beyond the user.
    """

    id: UUID
    user_id: UUID
    secret_digest: bytes = field(repr=False)
    renewal: Renewal
    credentials_epoch: int
    opened_at: datetime
    last_used_at: datetime
    expires_at: datetime
    generation: int = 0
    parent: int = 0
    rotated_at: datetime | None = None
    recoveries: int = 0
    ended_at: datetime | None = None
    end_cause: EndCause | None = None
    client_id: str | None = None
    client_epoch: int | None = None
    grant: Grant | None = None
    origin: Origin = Origin()

    @classmethod
    def open(
        cls,
        token: RefreshToken,
        *,
        user_id: UUID,
        credentials_epoch: int,
        renewal: Renewal,
        lifetime: timedelta,
        origin: Origin,
        now: datetime,
        client: tuple[str, int] | None = None,
        grant: Grant | None = None,
    ) -> "Session":
        """Open the session that `token` is the first refresh token of.

        The absolute expiry is set here and never moves.

        Args:
            client: the id and the epoch of the client; None for the built-in client.
        """
        client_id, client_epoch = client or (None, None)
        return cls(
            id=token.session_id,
            user_id=user_id,
            secret_digest=token.secret_digest,
            renewal=renewal,
            credentials_epoch=credentials_epoch,
            opened_at=now,
            last_used_at=now,
            expires_at=now + lifetime,
            client_id=client_id,
            client_epoch=client_epoch,
            grant=grant,
            origin=origin,
        )

    def advance(self, *, beyond: int, parent: int, recoveries: int, now: datetime) -> "Session":
        """Supersede generation `beyond` by the next one; `parent` can still be replayed.

        `last_used_at` never moves back: a clock that was slow for a while would otherwise make the
        session look idle once the clock is right again.
        """
        return replace(
            self,
            generation=beyond + 1,
            parent=parent,
            recoveries=recoveries,
            rotated_at=now,
            last_used_at=max(now, self.last_used_at),
        )

    @property
    def is_support(self) -> bool:
        """Whether somebody else acts for the user in this session (RFC 8693 section 4.1)."""
        return self.grant is not None and self.grant.actor is not None

    @property
    def proof_key(self) -> str | None:
        """The thumbprint of the key that the session is bound to; None for none (RFC 9449)."""
        return None if self.grant is None else self.grant.proof_key

    def is_proved_by(self, token: RefreshToken) -> bool:
        """Whether `token` carries this session's secret; compared in constant time."""
        return hmac.compare_digest(token.secret_digest, self.secret_digest)

    def is_idle_at(self, now: datetime, idle: timedelta) -> bool:
        """Whether the session has not been used for longer than `idle`."""
        return now - self.last_used_at > idle

    def is_expired_at(self, now: datetime) -> bool:
        """Whether the session is past its absolute expiry."""
        return now >= self.expires_at


@dataclass(frozen=True, slots=True)
class EpochEnd:
    """Why a credentials epoch of a user ended, and with it every session of that epoch."""

    epoch: int
    cause: RefusalCause


@dataclass(frozen=True, slots=True)
class Owner:
    """The user that a session belongs to, as far as a decision about the session needs it.

    Attributes:
        revoked_at: when the user's JWTs were revoked last; None if they never were.
        epoch_ends: the last epochs that ended.
    """

    subject: str
    roles: tuple[str, ...]
    credentials_epoch: int
    is_disabled: bool
    claims: str = NONE
    revoked_at: datetime | None = None
    epoch_ends: tuple[EpochEnd, ...] = ()

    def why_ended(self, epoch: int) -> RefusalCause:
        """Why an earlier epoch ended; a version that stored no causes can have ended it."""
        causes = (end.cause for end in self.epoch_ends if end.epoch == epoch)
        return next(causes, RefusalCause.CREDENTIALS_CHANGED)


@dataclass(frozen=True, slots=True)
class SessionClient:
    """The client of a session, as far as a decision about the session needs it.

    `idle` is the client's own idle timeout, None where it has none.
    """

    epoch: int
    is_public: bool
    is_disabled: bool
    idle: timedelta | None = None


@dataclass(frozen=True, slots=True)
class PresentingClient:
    """The client that a request with a token names.

    `id` is None for the built-in client. `is_proved` says whether the client's secret was right.
    """

    id: str | None
    is_proved: bool


@dataclass(frozen=True, slots=True)
class OwnedSession:
    """A session with its owner and its client, all as of now.

    `owner` is None when the user was deleted. `client` is None for the built-in client, and when
    the client was deleted.
    """

    session: Session
    owner: Owner | None
    client: SessionClient | None = None

    @property
    def subject(self) -> str:
        """The owner's subject; the user's id when the user was deleted."""
        return str(self.session.user_id) if self.owner is None else self.owner.subject

    def idle_timeout(self, default: timedelta) -> timedelta:
        """The idle timeout of the session's client, where it has its own; otherwise `default`."""
        client = self.client
        return default if client is None or client.idle is None else client.idle

    def is_presented_by(self, client: PresentingClient | None) -> bool:
        """Whether the session's tokens are presented by its own client.

        The session of a confidential client continues only together with that client's
        credentials. The session of a public client needs none.

        Args:
            client: the client that the request names, None where it names none.
        """
        if self.is_of_another_than(client):
            return False
        if client is not None and client.is_proved:
            return True
        return self.client is None or self.client.is_public

    def is_of_another_than(self, client: PresentingClient | None) -> bool:
        """Whether the request names a client, and another one than the session's."""
        return client is not None and client.id != self.session.client_id

    def why_over(self, now: datetime, idle: timedelta) -> RefusalCause | None:
        """Why no refresh token continues the session any more; None while the session is live.

        `idle` is the idle timeout of the settings. An end comes before an expiry, and both before
        the owner.
        """
        session, owner = self.session, self.owner
        if session.ended_at is not None:
            return RefusalCause(session.end_cause or RefusalCause.REVOKED)
        if session.is_expired_at(now):
            return RefusalCause.EXPIRED
        if session.is_idle_at(now, self.idle_timeout(idle)):
            return RefusalCause.IDLE
        if owner is None:
            return RefusalCause.USER_GONE
        if owner.is_disabled:
            return RefusalCause.USER_DISABLED
        if owner.credentials_epoch != session.credentials_epoch:
            return owner.why_ended(session.credentials_epoch)
        if session.client_id is not None and not self._is_clients():
            return RefusalCause.CLIENT_DISABLED
        return None

    def over_since(self, now: datetime, idle: timedelta) -> datetime | None:
        """When the session itself ended; None while it is live, and where another row ended it."""
        session = self.session
        match self.why_over(now, idle):
            case RefusalCause.EXPIRED:
                return session.expires_at
            case RefusalCause.IDLE:
                return session.last_used_at + self.idle_timeout(idle)
        return session.ended_at

    def _is_clients(self) -> bool:
        """Whether the session's client is there, enabled, and in the session's epoch."""
        client = self.client
        if client is None or client.is_disabled:
            return False
        return client.epoch == self.session.client_epoch

    def is_live_at(self, now: datetime, idle: timedelta) -> bool:
        """Whether the current refresh token continues the session."""
        return self.why_over(now, idle) is None


@dataclass(frozen=True, slots=True)
class LiveAt:
    """Asks for the sessions that are live at `now` under the idle timeout `idle`."""

    now: datetime
    idle: timedelta


class AtLimit(StrEnum):
    """What happens to a log-in when its user already has as many sessions as allowed."""

    END_OLDEST = "end-oldest"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class SessionLimit:
    """How many live sessions a user can have with one client.

    `idle` is the idle timeout that decides which are live.
    """

    count: int
    at_limit: AtLimit
    idle: timedelta

    def excess(self, live: Sequence[UUID]) -> list[UUID]:
        """The live sessions that leave no room for one more: the oldest ones, oldest first.

        Args:
            live: the ids of the user's live sessions with the client. An id sorts by the time of
                its log-in.
        """
        too_many = len(live) + 1 - self.count
        return sorted(live)[: max(too_many, 0)]
